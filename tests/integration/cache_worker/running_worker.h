// A worker of the real parts in this process, on loopback, with folders of its own.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/config.h"
#include "cache_worker/worker.h"
#include "common/config.h"
#include "common/grpc_server.h"
#include "common/status.h"
#include "proto/locus/v1/cache.grpc.pb.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

namespace locus::worker {

// Lines of worker.yaml over `folder`: origin/, mem/, ssd/; blocks of 64 KiB, 4 of them in MEM and 16 in SSD, which stay
// where they are; ports free.
inline std::vector<std::string> TestOverrides(const std::string& folder) {
  return {"listen.port=0",
          "admin.port=0",
          "report.target=",
          "node=node-1",
          "origin.folder=" + folder + "/origin",
          "store.block_size=64KiB",
          "store.promote_after=0",
          "store.high_watermark=1",
          "store.low_watermark=1",
          "store.keep_free=1MiB",
          "store.tiers.0.tier=MEM",
          "store.tiers.0.path=" + folder + "/mem",
          "store.tiers.0.quota=256KiB",
          "store.tiers.1.tier=SSD",
          "store.tiers.1.path=" + folder + "/ssd",
          "store.tiers.1.quota=1MiB",
          "load.interval=50ms"};
}

class RunningWorker {
 public:
  explicit RunningWorker(const std::string& folder, const std::vector<std::string>& more = {}) {
    std::vector<std::string> overrides = TestOverrides(folder);
    overrides.insert(overrides.end(), more.begin(), more.end());
    config::v1::Worker config = DefaultConfig();
    const absl::Status parsed = ParseConfig("", overrides, &config);
    INFO(MessageOf(parsed));
    REQUIRE(parsed.ok());
    worker_ = std::make_unique<Worker>(config, clock_, 1);
    const std::vector<std::string> problems = worker_->Start();
    for (const std::string& problem : problems) UNSCOPED_INFO(problem);
    REQUIRE(problems.empty());
    REQUIRE(Eventually([&] { return worker_->ready(); }));
    const auto channel = MakeChannel("127.0.0.1:" + std::to_string(worker_->data_port()));
    // A loaded machine may need more than one attempt at the handshake.
    REQUIRE(channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(20)));
    stub_ = v1::CacheService::NewStub(channel);
  }

  Worker& worker() { return *worker_; }
  v1::CacheService::Stub& stub() { return *stub_; }

  struct Answer {
    grpc::Status status;
    std::string bytes;
    size_t largest_chunk = 0;
    // Tiers that chunks came from.
    std::vector<v1::Tier> sources;
  };
  Answer Read(const std::string& path, uint64_t offset = 0, uint64_t length = 0, bool no_cache = false) {
    grpc::ClientContext context;
    v1::ReadRequest request;
    request.set_path(path);
    request.set_offset_bytes(offset);
    request.set_length_bytes(length);
    request.set_no_cache(no_cache);
    const auto reader = stub_->Read(&context, request);
    Answer answer;
    v1::ReadResponse response;
    while (reader->Read(&response)) {
      answer.bytes += response.data();
      answer.largest_chunk = std::max(answer.largest_chunk, response.data().size());
      answer.sources.push_back(response.source());
    }
    answer.status = reader->Finish();
    return answer;
  }

  // The last progress message. Without `status` the load is to end well.
  v1::LoadProgress Load(const v1::LoadRequest& request, grpc::Status* status = nullptr) {
    grpc::ClientContext context;
    const auto reader = stub_->Load(&context, request);
    v1::LoadProgress progress;
    while (reader->Read(&progress)) {
    }
    const grpc::Status end = reader->Finish();
    if (status != nullptr) {
      *status = end;
    } else {
      INFO(end.error_message());
      CHECK(end.ok());
    }
    return progress;
  }

  v1::StatusResponse Status() {
    grpc::ClientContext context;
    v1::StatusResponse response;
    const grpc::Status status = stub_->Status(&context, {}, &response);
    INFO(status.error_message());
    REQUIRE(status.ok());
    return response;
  }

 private:
  const SystemClock clock_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<v1::CacheService::Stub> stub_;
};

}  // namespace locus::worker
