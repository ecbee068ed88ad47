#include "cache_worker/store/single_flight.h"

#include <chrono>

namespace locus::worker {
namespace {

// gRPC's synchronous API tells of a cancelled call only when asked.
constexpr auto kCancelPoll = std::chrono::milliseconds(50);

}  // namespace

SingleFlight::Result SingleFlight::Do(const BlockKey& key, const std::function<bool()>& cancelled,
                                      const std::function<absl::Status()>& work) {
  std::shared_ptr<Flight> flight;
  {
    MutexLock lock(mutex_);
    std::shared_ptr<Flight>& entry = flights_[key];
    if (entry != nullptr) {
      flight = entry;
      while (!flight->done) {
        if (cancelled()) return {absl::CancelledError("cancelled"), false};
        landed_.WaitFor(mutex_, kCancelPoll, [&] { return flight->done; });
      }
      return {flight->status, false};
    }
    entry = flight = std::make_shared<Flight>();
  }
  const absl::Status status = work();
  MutexLock lock(mutex_);
  flight->status = status;
  flight->done = true;
  flights_.erase(key);
  landed_.NotifyAll();
  return {status, true};
}

}  // namespace locus::worker
