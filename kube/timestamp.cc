#include "kube/timestamp.h"

#include "absl/time/time.h"
#include "common/status.h"

namespace locus::kube {

absl::StatusOr<WallTime> ParseTimestamp(std::string_view text) {
  absl::Time time;
  std::string why;
  // absl has words for times without end: they are none here.
  const bool digit = !text.empty() && text[0] >= '0' && text[0] <= '9';
  if (!digit || !absl::ParseTime(absl::RFC3339_full, ToAbsl(text), &time, &why)) {
    return InvalidArgument("'" + std::string(text.substr(0, 64)) + "' is no time such as 2026-01-31T09:05:00Z");
  }
  // Saturates.
  return WallTime(absl::ToChronoNanoseconds(time - absl::UnixEpoch()));
}

std::string FormatMicroTime(WallTime time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromChrono(time), absl::UTCTimeZone());
}

}  // namespace locus::kube
