// What warm-up says to locus-meta and to cache workers, over real connections.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "common/grpc_server.h"
#include "common/mutex.h"
#include "common/status.h"
#include "extender/warm_up/grpc_load_calls.h"
#include "extender/warm_up/grpc_worker_directory.h"
#include "proto/locus/v1/cache.grpc.pb.h"
#include "tests/integration/extender/eventually.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

bool Always() { return true; }
void Ignore(const LoadFigures&) {}

class ScriptedWorker final : public v1::CacheService::Service {
 public:
  grpc::Status Load(grpc::ServerContext* context, const v1::LoadRequest* request,
                    grpc::ServerWriter<v1::LoadProgress>* writer) override {
    if (request->path() == "/none") return {grpc::StatusCode::NOT_FOUND, "no such path"};
    {
      MutexLock lock(mutex_);
      asked_ = *request;
    }
    v1::LoadProgress progress;
    for (uint64_t i = 1; i <= 3; ++i) {
      progress.set_files_done(i);
      progress.set_bytes_fetched(100 * i);
      progress.set_done(i == 3 && request->path() == "/short");
      if (i == 3) {
        progress.add_problems("/short/b: changed");
        progress.add_problems("/short/c: gone");
      }
      writer->Write(progress);
      if (progress.done()) return grpc::Status::OK;
    }
    // Says nothing more for as long as it is listened to.
    Eventually([context] { return context->IsCancelled(); });
    cancelled = context->IsCancelled();
    return grpc::Status::CANCELLED;
  }

  v1::LoadRequest asked() {
    MutexLock lock(mutex_);
    return asked_;
  }
  std::atomic<bool> cancelled{false};

 private:
  Mutex mutex_;
  v1::LoadRequest asked_ GUARDED_BY(mutex_);
};

struct WorkerFixture {
  WorkerFixture() { REQUIRE(server.Start({&service}).ok()); }
  LoadStep Step(const std::string& path) const {
    return {"g", {"n1", "127.0.0.1:" + std::to_string(server.port())}, path, 3, 1, 0};
  }

  ScriptedWorker service;
  GrpcServer server{{}};
  const SystemClock clock;
  GrpcLoadCalls calls{20s, clock};
};

class ScriptedMeta final : public v1::LocalityService::Service {
 public:
  grpc::Status ListWorkers(grpc::ServerContext*, const v1::ListWorkersRequest*,
                           v1::ListWorkersResponse* response) override {
    if (refuse) return {grpc::StatusCode::RESOURCE_EXHAUSTED, "busy"};
    Add(*response, "10.0.0.1", "n1", v1::Worker::LIVE, v1::Worker::REPORT);
    Add(*response, "fd00::1", "n2", v1::Worker::LIVE, v1::Worker::REPORT);
    Add(*response, "10.0.0.3", "n3", v1::Worker::LOST, v1::Worker::REPORT);
    Add(*response, "10.0.0.4", "n4", v1::Worker::SYNCING, v1::Worker::REPORT);
    Add(*response, "10.0.0.5", "n5", v1::Worker::LIVE, v1::Worker::MASTER);
    Add(*response, "10.0.0.6", "", v1::Worker::LIVE, v1::Worker::REPORT);
    return grpc::Status::OK;
  }
  grpc::Status ListMounts(grpc::ServerContext*, const v1::ListMountsRequest*,
                          v1::ListMountsResponse* response) override {
    if (refuse) return {grpc::StatusCode::RESOURCE_EXHAUSTED, "busy"};
    v1::Mount& mount = *response->add_mounts();
    mount.set_path("/lake");
    mount.set_ufs_uri("s3a://lake");
    return grpc::Status::OK;
  }

  std::atomic<bool> refuse{false};

 private:
  static void Add(v1::ListWorkersResponse& response, const std::string& host, const std::string& node,
                  v1::Worker::State state, v1::Worker::BlocksFrom from) {
    v1::Worker& worker = *response.mutable_workers()->add_workers();
    worker.mutable_address()->set_host(host);
    worker.mutable_address()->set_data_port(8920);
    worker.set_node(node);
    worker.set_state(state);
    worker.set_blocks_from(from);
    for (const uint64_t bytes : {4, 10}) worker.add_tiers()->set_capacity_bytes(bytes);
  }
};

}  // namespace

TEST_CASE("a worker is asked for its part at its rate, and what it tells is passed on", "[warm_up]") {
  WorkerFixture f;
  std::vector<LoadFigures> told;
  const absl::Status status =
      f.calls.Load(f.Step("/short"), 12345, Always, [&told](const LoadFigures& figures) { told.push_back(figures); });
  INFO(MessageOf(status));
  REQUIRE(status.ok());
  const v1::LoadRequest asked = f.service.asked();
  CHECK(asked.path() == "/short");
  CHECK(asked.shards() == 3);
  CHECK(asked.shard() == 1);
  CHECK(asked.bytes_per_second() == 12345);
  CHECK(asked.tier() == v1::TIER_UNSPECIFIED);
  CHECK_FALSE(asked.pin());
  REQUIRE(told.size() == 3);
  CHECK(told[0].bytes_fetched == 100);
  CHECK(told[2].bytes_fetched == 300);
  CHECK(told[2].files_done == 3);
  CHECK(told[2].problems == 2);
  CHECK(told[2].problem == "/short/b: changed");
}

TEST_CASE("what a worker answers is told as it is", "[warm_up]") {
  WorkerFixture f;
  const absl::Status none = f.calls.Load(f.Step("/none"), 0, Always, Ignore);
  CHECK(absl::IsNotFound(none));
  CHECK(MessageOf(none) == "no such path");
}

TEST_CASE("a load that is not wanted any more ends at the worker too", "[warm_up]") {
  WorkerFixture f;
  bool wanted = true;
  const absl::Status status = f.calls.Load(
      f.Step("/long"), 0, [&wanted] { return wanted; },
      [&wanted](const LoadFigures& figures) { wanted = figures.files_done < 3; });
  CHECK(absl::IsCancelled(status));
  CHECK(Eventually([&f] { return f.service.cancelled.load(); }));
}

TEST_CASE("a worker that says nothing for too long is given up", "[warm_up]") {
  WorkerFixture f;
  GrpcLoadCalls impatient(1s, f.clock);
  CHECK(absl::IsDeadlineExceeded(impatient.Load(f.Step("/long"), 0, Always, Ignore)));
  CHECK(Eventually([&f] { return f.service.cancelled.load(); }));
}

TEST_CASE("a worker that is away is told at once", "[warm_up]") {
  WorkerFixture f;
  const LoadStep step = f.Step("/short");
  f.server.Stop();
  CHECK(absl::IsUnavailable(f.calls.Load(step, 0, Always, Ignore)));
}

TEST_CASE("live workers with a node and a cache of their own are found, and the mounts", "[warm_up]") {
  ScriptedMeta service;
  GrpcServer server{{}};
  REQUIRE(server.Start({&service}).ok());
  const SystemClock clock;
  GrpcWorkerDirectory directory(MakeChannel("127.0.0.1:" + std::to_string(server.port())), 5s, clock);
  const auto workers = directory.Workers();
  REQUIRE(workers.ok());
  REQUIRE(workers->size() == 2);
  CHECK((*workers)[0].target == LoadTarget{"n1", "10.0.0.1:8920"});
  CHECK((*workers)[0].capacity_bytes == 14);
  CHECK((*workers)[1].target == LoadTarget{"n2", "[fd00::1]:8920"});
  const auto mounts = directory.Mounts();
  REQUIRE(mounts.ok());
  REQUIRE(mounts->size() == 1);
  CHECK((*mounts)[0].path == "/lake");
  CHECK((*mounts)[0].uri == "s3a://lake");

  service.refuse = true;
  CHECK(MessageOf(directory.Workers().status()) == "locus-meta, ListWorkers: busy");
  CHECK(MessageOf(directory.Mounts().status()) == "locus-meta, ListMounts: busy");
}
