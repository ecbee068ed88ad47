#include "extender/gate/gatekeeper.h"

#include <utility>

namespace locus::extender {
namespace {

// From the end of a round to the next one at least, however much changes: a cluster that binds a hundred pods a second
// shall not cost as many rounds. Small against the half second in which a wait has to end.
constexpr Duration kGap = std::chrono::milliseconds(20);

}  // namespace

Gatekeeper::Gatekeeper(Parts parts, GateLimits limits, uint64_t seed)
    : writer_(std::move(parts.writer)),
      work_({parts.cluster, parts.planner, *writer_,
             [this, leading = std::move(parts.leading)] { return !stopped_ && leading(); }, std::move(parts.tell),
             parts.clock, parts.metrics},
            limits, seed) {}

Gatekeeper::~Gatekeeper() { Stop(); }

void Gatekeeper::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Gatekeeper::Stop() {
  if (!thread_.joinable()) return;
  stopped_ = true;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  writer_->Stop();
  changed_.NotifyAll();
  thread_.join();
}

void Gatekeeper::Wake() {
  {
    MutexLock lock(mutex_);
    if (std::exchange(woken_, true)) return;
  }
  changed_.NotifyAll();
}

void Gatekeeper::Run() {
  for (;;) {
    const Duration rest = work_.Round();
    MutexLock lock(mutex_);
    if (changed_.WaitFor(mutex_, kGap, [this] { return stopping_; })) return;
    changed_.WaitFor(mutex_, rest - kGap, [this] { return stopping_ || woken_; });
    if (stopping_) return;
    // Before the round reads anything: a change after this is seen by it, or wakes again.
    woken_ = false;
  }
}

}  // namespace locus::extender
