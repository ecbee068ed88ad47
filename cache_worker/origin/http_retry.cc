#include "cache_worker/origin/http_retry.h"

#include <algorithm>
#include <charconv>

#include "cache_worker/origin/times.h"

namespace locus::worker {

bool IsPassingStatus(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

std::optional<Duration> AskedPause(const HttpResponse& response, WallTime now, Duration longest) {
  const std::string_view text = response.Header("retry-after");
  uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size()) {
    return std::min<Duration>(longest, std::chrono::seconds(seconds));
  }
  const std::optional<int64_t> at = ParseHttpDate(text);
  if (!at) return std::nullopt;
  const int64_t now_s = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  // A date of a clock that is far off must not overflow.
  const int64_t left = std::clamp<int64_t>(*at - now_s, 0, 86400);
  return std::min<Duration>(longest, std::chrono::seconds(left));
}

}  // namespace locus::worker
