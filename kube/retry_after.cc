#include "kube/retry_after.h"

#include <charconv>
#include <string>

#include "absl/strings/cord.h"

namespace locus::kube {
namespace {

constexpr const char* kPayload = "locus.dev/retry-after-ns";

}  // namespace

std::optional<Duration> RetryAfterOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (!payload) return std::nullopt;
  const std::string text(*payload);
  int64_t nanoseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), nanoseconds);
  if (error != std::errc() || end != text.data() + text.size() || nanoseconds < 0) return std::nullopt;
  return Duration(nanoseconds);
}

void SetRetryAfter(absl::Status* status, Duration pause) {
  status->SetPayload(kPayload, absl::Cord(std::to_string(pause.count())));
}

}  // namespace locus::kube
