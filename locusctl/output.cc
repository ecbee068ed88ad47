#include "locusctl/output.h"

#include <ostream>

#include "common/status.h"
#include "locusctl/text.h"
#include "locusctl/yaml_document.h"

namespace locus::ctl {
namespace {

constexpr size_t kMaxReasonColumns = 400;

std::string ReasonOf(const absl::Status& status) { return Truncate(SafeText(MessageOf(status)), kMaxReasonColumns); }

}  // namespace

std::string Output::Document(std::string json) const { return format == Format::kYaml ? ToYaml(json) : json; }

void Complain(const Output& output, std::string_view what, std::string_view next) {
  output.err << output.program << ": " << SafeText(what) << "\n";
  if (!next.empty()) output.err << "  " << SafeText(next) << "\n";
}

int MetaFailed(const Output& output, const absl::Status& status, std::string_view doing, std::string_view address) {
  const std::string where = "locus-meta at " + std::string(address);
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      Complain(output, where + " refused to " + std::string(doing) + ": " + ReasonOf(status),
               "Correct what it names and ask again.");
      return kUsage;
    case absl::StatusCode::kUnimplemented:
      Complain(output, "what listens at " + std::string(address) + " is not locus-meta: " + ReasonOf(status),
               "Name its gRPC port (8910 unless configured otherwise) with --meta HOST:PORT or LOCUS_META.");
      return kUnreachable;
    case absl::StatusCode::kDeadlineExceeded:
      Complain(output, "cannot " + std::string(doing) + ": " + where + " gave no answer in time: " + ReasonOf(status),
               "Check that locus-meta runs and is not overloaded (its /readyz and /metrics), or raise --timeout.");
      return kUnreachable;
    case absl::StatusCode::kResourceExhausted:
      Complain(output, "cannot " + std::string(doing) + ": " + where + " is at a bound: " + ReasonOf(status),
               "Ask for less at once, or raise the bound that it names in meta.yaml.");
      return kUnreachable;
    default:
      Complain(output, "cannot " + std::string(doing) + ": cannot reach " + where + ": " + ReasonOf(status),
               "Check that locus-meta runs and listens there, or name another address with --meta HOST:PORT or "
               "LOCUS_META.");
      return kUnreachable;
  }
}

int ExtenderFailed(const Output& output, const absl::Status& status, std::string_view doing, std::string_view address) {
  Complain(output,
           "cannot " + std::string(doing) + ": cannot reach locus-extender at " + std::string(address) + ": " +
               ReasonOf(status),
           "Check that locus-extender runs and listens there, or name another address with --extender URL or "
           "LOCUS_EXTENDER.");
  return kUnreachable;
}

int ExtenderPuzzling(const Output& output, std::string_view what, std::string_view doing, std::string_view address) {
  Complain(output,
           "cannot " + std::string(doing) + ": what answers at " + std::string(address) +
               " does not answer like locus-extender: " + std::string(what),
           "Name the extender's HTTP port (8900 unless configured otherwise) with --extender URL or LOCUS_EXTENDER.");
  return kUnreachable;
}

}  // namespace locus::ctl
