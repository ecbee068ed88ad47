// A cache worker as locus-meta sees it: one Report stream, and an under-store of names.
#pragma once

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/mutex.h"
#include "proto/locus/v1/report.grpc.pb.h"

namespace locus::meta {

inline v1::FileFact WireFact(uint64_t id, const std::string& path, uint64_t length, uint64_t block_bytes,
                             int64_t modified_ns = 1) {
  v1::FileFact fact;
  fact.set_file_id(id);
  fact.set_path(path);
  fact.set_length_bytes(length);
  fact.set_block_bytes(block_bytes);
  fact.set_modified_ns(modified_ns);
  return fact;
}

// The files that all workers see.
class FakeUnderStore {
 public:
  void Put(const v1::FileFact& fact) {
    MutexLock lock(mutex_);
    files_[fact.path()] = fact;
  }
  void Remove(const std::string& path) {
    MutexLock lock(mutex_);
    files_.erase(path);
  }
  // What lies directly in the folder: files, and paths of folders.
  std::pair<std::vector<v1::FileFact>, std::set<std::string>> Children(const std::string& path) {
    std::pair<std::vector<v1::FileFact>, std::set<std::string>> found;
    const std::string folder = path == "/" ? "/" : path + "/";
    for (const v1::FileFact& fact : Below(path)) {
      const size_t slash = fact.path().find('/', folder.size());
      if (fact.path() == path || slash == std::string::npos) {
        found.first.push_back(fact);
      } else {
        found.second.insert(fact.path().substr(0, slash));
      }
    }
    return found;
  }
  std::vector<v1::FileFact> Below(const std::string& path) {
    MutexLock lock(mutex_);
    std::vector<v1::FileFact> found;
    for (const auto& [name, fact] : files_) {
      if (path == "/" || name == path || name.rfind(path + "/", 0) == 0) found.push_back(fact);
    }
    return found;
  }

 private:
  Mutex mutex_;
  std::map<std::string, v1::FileFact> files_ GUARDED_BY(mutex_);
};

class FakeWorker {
 public:
  enum class Lists { kAnswers, kFails, kSilent };

  FakeWorker(const std::shared_ptr<grpc::Channel>& channel, FakeUnderStore& store, const std::string& host,
             Lists lists = Lists::kAnswers)
      : store_(store), lists_(lists), stub_(v1::WorkerService::NewStub(channel)), stream_(stub_->Report(&context_)) {
    v1::ReportRequest request;
    request.mutable_hello()->mutable_address()->set_host(host);
    request.mutable_hello()->mutable_address()->set_data_port(8920);
    request.mutable_hello()->set_node("node-" + host);
    request.mutable_hello()->set_version("test");
    Write(request);
    reader_ = std::thread([this] { ReadAll(); });
  }
  ~FakeWorker() {
    context_.TryCancel();
    if (reader_.joinable()) reader_.join();
  }

  // Tells of files and adds blocks: {file id, index, tier}.
  struct Block {
    uint64_t file;
    uint32_t index;
    v1::Tier tier;
    v1::BlockChange::Kind kind = v1::BlockChange::ADDED;
  };
  void Change(const std::vector<v1::FileFact>& files, const std::vector<Block>& blocks) {
    v1::ReportRequest request;
    v1::Changes* changes = request.mutable_changes();
    for (const v1::FileFact& fact : files) *changes->add_files() = fact;
    for (const Block& b : blocks) {
      v1::BlockChange* change = changes->add_blocks();
      change->set_file_id(b.file);
      change->set_index(b.index);
      change->set_tier(b.tier);
      change->set_kind(b.kind);
    }
    Write(request);
  }
  void EndSnapshot() {
    v1::ReportRequest request;
    request.mutable_snapshot_end();
    Write(request);
  }
  void Beat(double load) {
    v1::ReportRequest request;
    request.mutable_beat()->mutable_load()->set_overall(load);
    Write(request);
  }
  void Write(const v1::ReportRequest& request) {
    MutexLock lock(mutex_);
    stream_->Write(request);
  }
  // Half-closes, and returns how the stream ended.
  grpc::Status Close() {
    {
      MutexLock lock(mutex_);
      stream_->WritesDone();
    }
    return Ended();
  }
  // Waits for the server to end the stream.
  grpc::Status Ended() {
    reader_.join();
    return stream_->Finish();
  }
  // As when the process is killed.
  void Kill() { context_.TryCancel(); }

  uint32_t beat_interval_ms() {
    MutexLock lock(state_mutex_);
    return beat_interval_ms_;
  }
  std::vector<std::string> asked() {
    MutexLock lock(state_mutex_);
    return asked_;
  }
  bool first_was_welcome() {
    MutexLock lock(state_mutex_);
    return first_was_welcome_;
  }

 private:
  void ReadAll() {
    v1::ReportResponse response;
    for (bool first = true; stream_->Read(&response); first = false) {
      if (response.has_welcome()) {
        MutexLock lock(state_mutex_);
        first_was_welcome_ = first;
        beat_interval_ms_ = response.welcome().beat_interval_ms();
      } else if (response.has_list_files()) {
        Answer(response.list_files());
      }
    }
  }
  void Answer(const v1::ListFiles& list) {
    {
      MutexLock lock(state_mutex_);
      asked_.push_back(list.path());
    }
    if (lists_ == Lists::kSilent) return;
    v1::ReportRequest request;
    v1::Listing* listing = request.mutable_listing();
    listing->set_request(list.request());
    listing->set_done(true);
    if (lists_ == Lists::kFails) {
      listing->set_problem("the disk is away");
      return Write(request);
    }
    auto [files, folders] = store_.Children(list.path());
    if (!list.shallow()) {
      files = store_.Below(list.path());
      folders.clear();
    }
    for (const std::string& folder : folders) listing->add_folders(folder);
    // In several messages, as a long one is; none has more than it may.
    constexpr size_t kMost = 1000;
    const size_t some = std::min(kMost, std::max<size_t>(1, files.size() / 2));
    size_t told = 0;
    for (; files.size() - told > some; told += some) {
      v1::ReportRequest part;
      part.mutable_listing()->set_request(list.request());
      for (size_t i = told; i < told + some; ++i) *part.mutable_listing()->add_files() = files[i];
      Write(part);
    }
    for (; told < files.size(); ++told) *listing->add_files() = files[told];
    listing->set_not_found(files.empty() && folders.empty());
    Write(request);
  }

  FakeUnderStore& store_;
  const Lists lists_;
  grpc::ClientContext context_;
  std::unique_ptr<v1::WorkerService::Stub> stub_;
  // Writes come from the test and from the reader.
  Mutex mutex_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ReportRequest, v1::ReportResponse>> stream_;
  Mutex state_mutex_;
  uint32_t beat_interval_ms_ GUARDED_BY(state_mutex_) = 0;
  bool first_was_welcome_ GUARDED_BY(state_mutex_) = false;
  std::vector<std::string> asked_ GUARDED_BY(state_mutex_);
  std::thread reader_;
};

}  // namespace locus::meta
