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
  absl::StatusOr<v1::PinResponse> Pin(const std::string& address, const v1::PinRequest& request) override {
    MutexLock lock(mutex_);
    pins_[address].push_back(request);
    return on_pin ? on_pin(address) : absl::StatusOr<v1::PinResponse>(Unavailable("away"));
  }
  absl::StatusOr<v1::EvictResponse> Evict(const std::string& address, const v1::EvictRequest& request) override {
    MutexLock lock(mutex_);
    evicted_[address].push_back(request.path());
    return on_evict ? on_evict(address) : absl::StatusOr<v1::EvictResponse>(Unavailable("away"));
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
  std::vector<v1::PinRequest> PinsOf(const std::string& address) {
    MutexLock lock(mutex_);
    return pins_[address];
  }
  std::vector<std::string> EvictedOf(const std::string& address) {
    MutexLock lock(mutex_);
    return evicted_[address];
  }

  // Before the calls begin.
  std::map<std::string, Script> scripts;
  std::function<absl::StatusOr<v1::StatusResponse>(const std::string& address, int nth)> on_status;
  std::function<absl::StatusOr<v1::PinResponse>(const std::string& address)> on_pin;
  std::function<absl::StatusOr<v1::EvictResponse>(const std::string& address)> on_evict;
  // Loads that have told all of their progress.
  std::atomic<int> told{0};

 private:
  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, std::vector<v1::LoadRequest>> loads_ GUARDED_BY(mutex_);
  std::map<std::string, int> asked GUARDED_BY(mutex_);
  std::map<std::string, std::vector<v1::PinRequest>> pins_ GUARDED_BY(mutex_);
  std::map<std::string, std::vector<std::string>> evicted_ GUARDED_BY(mutex_);
  bool cancelled_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::ctl
