#include "alluxio_wire/plain.h"

#include "common/status.h"

namespace locus::alluxio_wire {
namespace {

absl::Status Check(std::string_view part, std::string_view name) {
  if (part.empty()) return InvalidArgument("the " + std::string(name) + " is empty, which Alluxio does not accept");
  if (part.find('\0') != std::string_view::npos) {
    return InvalidArgument("the " + std::string(name) + " has a NUL character in it");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> PlainInitialResponse(std::string_view user, std::string_view password) {
  LOCUS_RETURN_IF_ERROR(Check(user, "user name"));
  LOCUS_RETURN_IF_ERROR(Check(password, "password"));
  std::string response(1, '\0');
  response += user;
  response += '\0';
  response += password;
  return response;
}

}  // namespace locus::alluxio_wire
