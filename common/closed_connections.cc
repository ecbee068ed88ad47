#include "common/closed_connections.h"

#include "common/log.h"
#include "common/units.h"

namespace locus {
namespace {

constexpr Duration kLogPause = std::chrono::seconds(10);

}  // namespace

ClosedConnections::ClosedConnections(Metrics* metrics, const Clock& clock) : clock_(clock) {
  if (metrics == nullptr) return;
  refused_ = metrics->GetCounter("locus_http_connections_refused_total",
                                 "HTTP connections closed at once, as too many were open.");
  slow_ = metrics->GetCounter("locus_http_connections_slow_total",
                              "HTTP connections closed, as a request or an answer took longer than http.io_timeout.");
}

void ClosedConnections::TooMany(int threads, int waiting) {
  if (refused_) refused_->Increment();
  const MutexLock lock(mutex_);
  if (!Due(refused_told_)) return;
  LogWarning("too many HTTP connections: new ones are closed", {{"threads", threads}, {"waiting", waiting}});
}

void ClosedConnections::TooSlow(const std::string& peer, Duration io_timeout) {
  if (slow_) slow_->Increment();
  const MutexLock lock(mutex_);
  if (!Due(slow_told_)) return;
  LogWarning("an HTTP client is too slow: its connection is closed",
             {{"peer", peer}, {"io_timeout", FormatDuration(io_timeout)}});
}

bool ClosedConnections::Due(std::optional<SteadyTime>& told) {
  const SteadyTime now = clock_.Now();
  if (told && now - *told < kLogPause) return false;
  told = now;
  return true;
}

}  // namespace locus
