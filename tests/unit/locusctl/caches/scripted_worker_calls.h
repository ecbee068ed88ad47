// Workers of locusctl that answer from a script.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "common/status.h"
#include "locusctl/caches/worker_calls.h"

namespace locus::ctl {

// Thread-safe.
class ScriptedWorkerCalls final : public WorkerCalls {
 public:
  // What a load on this worker tells, and how it ends.
  struct Script {
    std::vector<v1::LoadProgress> progress;
    absl::Status status;
    // It ends only when it is cancelled.
    bool hangs = false;
  };

  absl::Status Load(const std::string& address, const v1::LoadRequest& request,
                    const std::function<void(const v1::LoadProgress&)>& progress) override {
    Script script;
    {
      MutexLock lock(mutex_);
      loads_[address].push_back(request);
      script = scripts[address];
    }
    for (const v1::LoadProgress& message : script.progress) progress(message);
    ++told;
    if (!script.hangs) return script.status;
    MutexLock lock(mutex_);
    changed_.Wait(mutex_, [this] { return cancelled_; });
    return absl::CancelledError("cancelled");
  }
  absl::StatusOr<v1::StatusResponse> Status(const std::string& address) override {
    MutexLock lock(mutex_);
    ++asked[address];
    return on_status ? on_status(address, asked[address]) : absl::StatusOr<v1::StatusResponse>(Unavailable("away"));
  }
  void CancelAll() override {
    MutexLock lock(mutex_);
    cancelled_ = true;
    changed_.NotifyAll();
  }

  std::vector<v1::LoadRequest> LoadsOf(const std::string& address) {
    MutexLock lock(mutex_);
    return loads_[address];
  }

  // Before the calls begin.
  std::map<std::string, Script> scripts;
  std::function<absl::StatusOr<v1::StatusResponse>(const std::string& address, int nth)> on_status;
  // Loads that have told all of their progress.
  std::atomic<int> told{0};

 private:
  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, std::vector<v1::LoadRequest>> loads_ GUARDED_BY(mutex_);
  std::map<std::string, int> asked GUARDED_BY(mutex_);
  bool cancelled_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::ctl
