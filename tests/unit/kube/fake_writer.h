// An API server that keeps leases and notes what is written to pods and events, and a client of it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/mutex.h"
#include "common/status.h"
#include "kube/writer.h"

namespace locus::kube {

struct FakePatch {
  std::string space;
  std::string name;
  std::string patch;
};

// Thread-safe; shared by the clients and the test.
class FakeServer {
 public:
  // Asked before each call with its verb (patch, event, get, put) and the object's name; not OK: the call fails so.
  void FailWith(std::function<absl::Status(const std::string& verb, const std::string& name)> fault) {
    MutexLock lock(mutex_);
    fault_ = std::move(fault);
  }
  // Called with each patch that came through, under no lock.
  void OnPatch(std::function<void(const FakePatch&)> on_patch) {
    MutexLock lock(mutex_);
    on_patch_ = std::move(on_patch);
  }
  // Calls hang from now on, until their client is stopped; false: they go on.
  void Hang(bool hangs) {
    MutexLock lock(mutex_);
    hangs_ = hangs;
    changed_.NotifyAll();
  }

  std::vector<FakePatch> patches() {
    MutexLock lock(mutex_);
    return patches_;
  }
  std::vector<PodEvent> events() {
    MutexLock lock(mutex_);
    return events_;
  }
  // By verb, failed ones too.
  size_t calls(const std::string& verb) {
    MutexLock lock(mutex_);
    return calls_[verb];
  }
  // As it stands in the store; the default when there is none.
  Lease lease(const std::string& name) {
    MutexLock lock(mutex_);
    return leases_[name];
  }
  void DeleteLease(const std::string& name) {
    MutexLock lock(mutex_);
    leases_.erase(name);
  }

 private:
  friend class FakeWriter;

  absl::Status Enter(const std::string& verb, const std::string& name, const bool& stopped) {
    MutexLock lock(mutex_);
    ++calls_[verb];
    changed_.Wait(mutex_, [&] { return !hangs_ || stopped; });
    if (stopped) return absl::CancelledError("stopped");
    return fault_ ? fault_(verb, name) : absl::OkStatus();
  }

  Mutex mutex_;
  CondVar changed_;
  bool hangs_ = false;
  std::function<absl::Status(const std::string&, const std::string&)> fault_;
  std::function<void(const FakePatch&)> on_patch_;
  std::vector<FakePatch> patches_;
  std::vector<PodEvent> events_;
  std::map<std::string, size_t> calls_;
  std::map<std::string, Lease> leases_;
  uint64_t version_ = 0;
};

class FakeWriter final : public Writer {
 public:
  explicit FakeWriter(std::shared_ptr<FakeServer> server) : server_(std::move(server)) {}

  absl::Status PatchPod(const std::string& space, const std::string& name, const std::string& patch) override {
    LOCUS_RETURN_IF_ERROR(server_->Enter("patch", name, stopped_));
    std::function<void(const FakePatch&)> told;
    {
      MutexLock lock(server_->mutex_);
      server_->patches_.push_back({space, name, patch});
      told = server_->on_patch_;
    }
    if (told) told({space, name, patch});
    return absl::OkStatus();
  }
  absl::Status CreateEvent(const PodEvent& event) override {
    LOCUS_RETURN_IF_ERROR(server_->Enter("event", event.pod, stopped_));
    MutexLock lock(server_->mutex_);
    server_->events_.push_back(event);
    return absl::OkStatus();
  }
  absl::StatusOr<Lease> GetLease(const std::string&, const std::string& name) override {
    LOCUS_RETURN_IF_ERROR(server_->Enter("get", name, stopped_));
    MutexLock lock(server_->mutex_);
    const auto found = server_->leases_.find(name);
    if (found == server_->leases_.end()) return NotFound("no such Lease");
    return found->second;
  }
  absl::StatusOr<Lease> PutLease(const std::string&, const std::string& name, const Lease& lease) override {
    LOCUS_RETURN_IF_ERROR(server_->Enter("put", name, stopped_));
    MutexLock lock(server_->mutex_);
    const auto found = server_->leases_.find(name);
    const bool exists = found != server_->leases_.end();
    if (!exists && !lease.resource_version.empty()) return NotFound("no such Lease");
    if (exists && lease.resource_version != found->second.resource_version)
      return absl::AbortedError("another version");
    Lease& stored = server_->leases_[name];
    stored = lease;
    stored.resource_version = std::to_string(++server_->version_);
    return stored;
  }
  void Stop() override {
    MutexLock lock(server_->mutex_);
    stopped_ = true;
    server_->changed_.NotifyAll();
  }

 private:
  const std::shared_ptr<FakeServer> server_;
  // Guarded by the server's mutex.
  bool stopped_ = false;
};

}  // namespace locus::kube
