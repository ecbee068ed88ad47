#include "alluxio_meta/alluxio/verdict.h"

#include "common/status.h"

namespace locus::meta {
namespace {

bool Says(const grpc::Status& status, const char* words) {
  return status.error_message().find(words) != std::string::npos;
}

// A new leader says it for some seconds, in which workers register. It is the leader all the same: no reason to look
// for another one.
bool SafeMode(const grpc::Status& status) {
  return status.error_code() == grpc::UNAVAILABLE && Says(status, "safe mode");
}

}  // namespace

Verdict Judge(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::UNAVAILABLE: return SafeMode(status) ? Verdict::kAnswer : Verdict::kRetry;
    // The channel id is not known any more, or the peer has ended the call.
    case grpc::UNAUTHENTICATED:
    case grpc::CANCELLED: return Verdict::kRetry;
    // Of a half-open connection nothing else is heard. Asked again, a slow answer would only be slower.
    case grpc::DEADLINE_EXCEEDED:
    // A master that has stepped down serves fewer services.
    case grpc::UNIMPLEMENTED: return Verdict::kLeave;
    default: return Verdict::kAnswer;
  }
}

bool TooLargeForUs(const grpc::Status& status) {
  // gRPC's own words: the master says RESOURCE_EXHAUSTED too, of a busy pool.
  return status.error_code() == grpc::RESOURCE_EXHAUSTED && Says(status, "larger than max");
}

absl::Status FromMaster(const grpc::Status& status, const std::string& master, const std::string& what) {
  if (status.ok()) return absl::OkStatus();
  auto code = static_cast<absl::StatusCode>(status.error_code());
  std::string text = status.error_message().empty() ? "no reason given" : status.error_message();
  switch (status.error_code()) {
    case grpc::CANCELLED:
    case grpc::UNIMPLEMENTED: code = absl::StatusCode::kUnavailable; break;
    case grpc::RESOURCE_EXHAUSTED:
      if (!TooLargeForUs(status)) code = absl::StatusCode::kUnavailable;
      break;
    default: break;
  }
  return Annotate(absl::Status(code, text), "Alluxio master " + master + ": " + what);
}

}  // namespace locus::meta
