#include "common/grpc_log.h"

#include <grpc/support/log.h>

#include <atomic>
#include <memory>
#include <string_view>

#include "common/clock.h"
#include "common/log.h"
#include "common/mutex.h"

namespace locus {
namespace {

constexpr Duration kTellPause = std::chrono::seconds(10);
// Of src/core/tsi/ssl_transport_security.cc.
constexpr std::string_view kHandshakeFailed = "Handshake failed";

// gRPC takes a bare function: what it writes to outlives all.
struct Handshakes {
  std::atomic<uint64_t> failed{0};
  // Steady time of the last line, in nanoseconds; 0: none yet.
  std::atomic<int64_t> told{0};
};

Handshakes& TheHandshakes() {
  static Handshakes handshakes;
  return handshakes;
}

void Take(gpr_log_func_args* line) {
  const std::string_view message(line->message);
  if (!message.starts_with(kHandshakeFailed)) {
    LogError("gRPC", {{"problem", message}});
    return;
  }
  Handshakes& handshakes = TheHandshakes();
  ++handshakes.failed;
  const int64_t now = SystemClock().Now().time_since_epoch().count();
  int64_t told = handshakes.told.load();
  if (told != 0 && now - told < kTellPause.count()) return;
  // Of those that come at once, one tells.
  if (handshakes.told.compare_exchange_strong(told, now)) {
    LogWarning("a TLS handshake of gRPC failed", {{"problem", message}});
  }
}

}  // namespace

void TakeGrpcLog(Metrics& metrics) {
  gpr_set_log_function(Take);
  struct Told {
    Mutex mutex;
    uint64_t failed GUARDED_BY(mutex) = TheHandshakes().failed;
  };
  const Counter counter = metrics.GetCounter("locus_grpc_handshake_failures_total",
                                             "TLS handshakes of gRPC that failed, as server or as client.");
  metrics.OnRender([counter, told = std::make_shared<Told>()] {
    const uint64_t failed = TheHandshakes().failed;
    MutexLock lock(told->mutex);
    counter.Increment(static_cast<double>(failed - told->failed));
    told->failed = failed;
  });
}

}  // namespace locus
