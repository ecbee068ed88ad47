// locus-meta as far as a worker sees it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/grpc_server.h"
#include "common/mutex.h"
#include "proto/locus/v1/report.grpc.pb.h"

namespace locus::worker {

// Keeps what each stream told, and builds from it the picture that the contract says. Thread-safe.
class FakeMeta final : public v1::WorkerService::Service {
 public:
  struct Stream {
    v1::Hello hello;
    bool snapshot_complete = false;
    // "path#index TIER"; of Alluxio's blocks "id TIER".
    std::set<std::string> blocks;
    int beats = 0;
    int beats_with_load = 0;
    // What the beats told of it, each change: "yes", "no", "unknown".
    std::vector<std::string> serving;
    std::vector<v1::TierUsage> usage;
    std::vector<v1::Listing> listings;
    // Messages about clients: "address bytes" of each.
    std::vector<std::vector<std::string>> traffic;
    // In the order they came: "+1 MEM" for an ADDED block 1.
    std::vector<std::string> after_snapshot;
    // What broke the contract.
    std::vector<std::string> violations;
    bool ended = false;
  };

  explicit FakeMeta(uint32_t beat_interval_ms) : beat_interval_ms_(beat_interval_ms) {}

  grpc::Status Report(grpc::ServerContext* context,
                      grpc::ServerReaderWriter<v1::ReportResponse, v1::ReportRequest>* stream) override {
    size_t number = 0;
    {
      MutexLock lock(mutex_);
      number = streams_.size();
      streams_.emplace_back();
      context_ = context;
      writer_ = stream;
    }
    std::map<uint64_t, std::string> paths;
    v1::ReportRequest request;
    bool first = true;
    while (Reading() && stream->Read(&request)) {
      MutexLock lock(mutex_);
      if (first != request.has_hello()) streams_[number].violations.push_back("hello must be the first and only one");
      Note(streams_[number], paths, request);
      if (first && !mute_) {
        v1::ReportResponse welcome;
        welcome.mutable_welcome()->set_beat_interval_ms(beat_interval_ms_);
        welcome.mutable_welcome()->set_takes_traffic(takes_traffic_);
        stream->Write(welcome);
      }
      first = false;
    }
    MutexLock lock(mutex_);
    streams_[number].ended = true;
    if (writer_ == stream) {
      writer_ = nullptr;
      context_ = nullptr;
    }
    changed_.NotifyAll();
    return grpc::Status::OK;
  }

  // An older locus-meta.
  void SetTakesTraffic(bool takes) {
    MutexLock lock(mutex_);
    takes_traffic_ = takes;
  }
  // Accepts streams and says nothing.
  void SetMute(bool mute) {
    MutexLock lock(mutex_);
    mute_ = mute;
  }
  // Stops taking messages until it is set to false again.
  void SetDeaf(bool deaf) {
    MutexLock lock(mutex_);
    deaf_ = deaf;
    changed_.NotifyAll();
  }
  void CutStream() {
    MutexLock lock(mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }
  // False when there is no stream.
  bool Ask(uint64_t request, const std::string& path, uint32_t limit) {
    v1::ReportResponse response;
    response.mutable_list_files()->set_request(request);
    response.mutable_list_files()->set_path(path);
    response.mutable_list_files()->set_limit(limit);
    MutexLock lock(mutex_);
    return writer_ != nullptr && writer_->Write(response);
  }
  std::vector<Stream> streams() {
    MutexLock lock(mutex_);
    return streams_;
  }
  // The latest stream, default when there was none.
  Stream latest() {
    MutexLock lock(mutex_);
    return streams_.empty() ? Stream() : streams_.back();
  }
  size_t count() {
    MutexLock lock(mutex_);
    return streams_.size();
  }

 private:
  bool Reading() {
    MutexLock lock(mutex_);
    changed_.WaitFor(mutex_, std::chrono::seconds(30), [this] { return !deaf_; });
    return true;
  }

  static void Note(Stream& stream, std::map<uint64_t, std::string>& paths, const v1::ReportRequest& request) {
    if (request.has_hello()) stream.hello = request.hello();
    if (request.has_snapshot_end()) stream.snapshot_complete = true;
    if (request.has_listing()) stream.listings.push_back(request.listing());
    if (request.has_traffic()) {
      std::vector<std::string>& clients = stream.traffic.emplace_back();
      for (const v1::ClientTraffic& one : request.traffic().clients()) {
        clients.push_back(one.address() + " " + std::to_string(one.sent_bytes()));
      }
    }
    if (request.has_beat()) {
      ++stream.beats;
      if (request.beat().has_load()) ++stream.beats_with_load;
      const bool known = request.beat().has_serving();
      const std::string serving = !known ? "unknown" : request.beat().serving() ? "yes" : "no";
      if (stream.serving.empty() || stream.serving.back() != serving) stream.serving.push_back(serving);
      stream.usage.assign(request.beat().tiers().begin(), request.beat().tiers().end());
    }
    if (!request.has_changes()) return;
    const v1::Changes& changes = request.changes();
    if (changes.files_size() + changes.blocks_size() > 4096) stream.violations.push_back("too many entries");
    for (const v1::FileFact& file : changes.files()) paths[file.file_id()] = file.path();
    const bool alluxio = stream.hello.blocks() == v1::Hello::ALLUXIO;
    if (alluxio && changes.files_size() > 0) stream.violations.push_back("a file of Alluxio's");
    for (const v1::BlockChange& block : changes.blocks()) {
      if (!alluxio && paths.count(block.file_id()) == 0) stream.violations.push_back("a block before its file");
      const std::string tier = v1::Tier_Name(block.tier()).substr(5);
      const std::string what = alluxio ? std::to_string((block.file_id() << 24) + block.index())
                                       : paths[block.file_id()] + "#" + std::to_string(block.index());
      const std::string name = what + " " + tier;
      const bool added = block.kind() == v1::BlockChange::ADDED;
      if (stream.snapshot_complete) stream.after_snapshot.push_back((added ? "+" : "-") + name);
      if (added ? !stream.blocks.insert(name).second : stream.blocks.erase(name) == 0) {
        stream.violations.push_back((added ? "added twice: " : "removed and never added: ") + name);
      }
    }
  }

  const uint32_t beat_interval_ms_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<Stream> streams_ GUARDED_BY(mutex_);
  bool takes_traffic_ GUARDED_BY(mutex_) = true;
  bool mute_ GUARDED_BY(mutex_) = false;
  bool deaf_ GUARDED_BY(mutex_) = false;
  grpc::ServerContext* context_ GUARDED_BY(mutex_) = nullptr;
  grpc::ServerReaderWriter<v1::ReportResponse, v1::ReportRequest>* writer_ GUARDED_BY(mutex_) = nullptr;
};

}  // namespace locus::worker
