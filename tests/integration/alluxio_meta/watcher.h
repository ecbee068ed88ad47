// A client of WatchLocality that keeps the last picture of each input.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "proto/locus/v1/locality.grpc.pb.h"

namespace locus::meta {

class Watcher {
 public:
  explicit Watcher(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::LocalityService::NewStub(channel)), stream_(stub_->WatchLocality(&context_)) {
    reader_ = std::thread([this] {
      v1::WatchLocalityResponse response;
      while (stream_->Read(&response)) {
        MutexLock lock(mutex_);
        ++messages_;
        for (const v1::InputLocality& input : response.inputs()) {
          pictures_[input.input()] = input;
          ++updates_[input.input()];
        }
        if (response.has_workers()) workers_ = response.workers();
        if (response.inputs_size() == 0 && !response.has_workers()) ++beats_;
        run_ = response.freshness().run();
      }
    });
  }
  ~Watcher() {
    context_.TryCancel();
    if (reader_.joinable()) reader_.join();
  }

  void Send(const std::vector<std::string>& add, const std::vector<std::string>& remove = {}) {
    v1::WatchLocalityRequest request;
    for (const std::string& input : add) request.add_add(input);
    for (const std::string& input : remove) request.add_remove(input);
    stream_->Write(request);
  }
  grpc::Status Close() {
    stream_->WritesDone();
    return Ended();
  }
  grpc::Status Ended() {
    reader_.join();
    return stream_->Finish();
  }
  v1::InputLocality Picture(const std::string& input) {
    MutexLock lock(mutex_);
    return pictures_[input];
  }
  int Updates(const std::string& input) {
    MutexLock lock(mutex_);
    return updates_[input];
  }
  v1::WorkerList Workers() {
    MutexLock lock(mutex_);
    return workers_;
  }
  int beats() {
    MutexLock lock(mutex_);
    return beats_;
  }
  int messages() {
    MutexLock lock(mutex_);
    return messages_;
  }
  uint64_t run() {
    MutexLock lock(mutex_);
    return run_;
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<v1::LocalityService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WatchLocalityRequest, v1::WatchLocalityResponse>> stream_;
  Mutex mutex_;
  std::map<std::string, v1::InputLocality> pictures_ GUARDED_BY(mutex_);
  std::map<std::string, int> updates_ GUARDED_BY(mutex_);
  v1::WorkerList workers_ GUARDED_BY(mutex_);
  int beats_ GUARDED_BY(mutex_) = 0;
  int messages_ GUARDED_BY(mutex_) = 0;
  uint64_t run_ GUARDED_BY(mutex_) = 0;
  std::thread reader_;
};

}  // namespace locus::meta
