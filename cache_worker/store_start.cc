#include "cache_worker/store_start.h"

#include <utility>

#include "cache_worker/store/scrub.h"
#include "common/log.h"

namespace locus::worker {
namespace {

// A fraction of what an SSD gives: the pass over the payloads after a start leaves the rest to readers.
constexpr double kScrubBytesPerSecond = 256e6;

}  // namespace

void StoreStart::Start(std::function<void()> looked_through) {
  thread_ = std::thread([this, ready = std::move(looked_through)] { Run(ready); });
}

void StoreStart::Stop() {
  stopping_ = true;
  {
    MutexLock lock(mutex_);
    stop_asked_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  keeper_.Stop();
}

void StoreStart::Run(const std::function<void()>& looked_through) {
  const SteadyTime start = clock_.Now();
  const absl::StatusOr<RecoveryReport> report = store_.Recover(stopping_);
  // Only when it was told to stop.
  if (!report.ok()) return;
  LogInfo("looked through the tier folders", {{"blocks", report->blocks},
                                              {"torn", report->torn},
                                              {"leftovers", report->leftovers},
                                              {"other_block_size", report->other_block_size},
                                              {"surplus", report->surplus},
                                              {"foreign", report->foreign},
                                              {"folders_aside", report->folders_aside},
                                              {"seconds", ToSeconds(clock_.Now() - start)}});
  const std::vector<StoredBlock> found = store_.Snapshot([] {});
  looked_through();
  keeper_.Start();
  ScrubFound(found);
}

void StoreStart::ScrubFound(const std::vector<StoredBlock>& found) {
  if (found.empty()) return;
  const ScrubReport report = Scrub(store_, found, kScrubBytesPerSecond, clock_, [this](Duration wait) {
    MutexLock lock(mutex_);
    return !stop_asked_.WaitFor(mutex_, wait, [this] { return stopping_.load(); });
  });
  LogInfo("verified what was cached before the start",
          {{"blocks", report.blocks}, {"bytes", report.bytes}, {"torn", report.torn}});
}

}  // namespace locus::worker
