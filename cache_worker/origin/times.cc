#include "cache_worker/origin/times.h"

#include "absl/time/time.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr size_t kHttpDateLength = 29;

std::optional<int64_t> Parse(std::string_view format, std::string_view text) {
  absl::Time time;
  std::string why;
  if (!absl::ParseTime(ToAbsl(format), ToAbsl(text), &time, &why)) return std::nullopt;
  // Rounds down.
  return absl::ToUnixSeconds(time);
}

}  // namespace

std::optional<int64_t> ParseHttpDate(std::string_view text) {
  // absl has words for times without end, of another length.
  if (text.size() != kHttpDateLength) return std::nullopt;
  return Parse("%a, %d %b %Y %H:%M:%S GMT", text);
}

std::optional<int64_t> ParseIsoTime(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  return Parse("%Y-%m-%d%ET%H:%M:%E*S%Ez", text);
}

std::string FormatAmzTime(WallTime time) {
  return absl::FormatTime("%Y%m%dT%H%M%SZ", absl::FromChrono(time), absl::UTCTimeZone());
}

}  // namespace locus::worker
