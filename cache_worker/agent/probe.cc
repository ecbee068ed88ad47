#include "cache_worker/agent/probe.h"

#include "common/log.h"

namespace locus::worker {

void Probe::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Probe::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_asked_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

std::optional<bool> Probe::serving() {
  MutexLock lock(mutex_);
  return serving_;
}

void Probe::Run() {
  for (;;) {
    const std::optional<bool> now = rule_.Next(connect_(interval_ - interval_ / 4));
    ++attempts_;
    bool changed = false;
    {
      MutexLock lock(mutex_);
      changed = serving_ != now;
      serving_ = now;
    }
    if (changed) {
      ++changes_;
      LogInfo("probed the Alluxio worker", {{"serving", !now ? "unknown" : *now ? "yes" : "no"}});
      changed_();
    }
    MutexLock lock(mutex_);
    if (stop_asked_.WaitFor(mutex_, interval_, [this] { return stopping_; })) return;
  }
}

}  // namespace locus::worker
