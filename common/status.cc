#include "common/status.h"

namespace locus {

absl::Status Annotate(const absl::Status& status, std::string_view context) {
  if (status.ok()) return status;
  std::string text(context);
  text += ": ";
  text += MessageOf(status);
  return absl::Status(status.code(), text);
}

}  // namespace locus
