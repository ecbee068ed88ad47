#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/integration/alluxio_meta/fake_worker.h"
#include "tests/integration/alluxio_meta/meta_server.h"
#include "tests/integration/alluxio_meta/watcher.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() : meta(clock, {}, {{"/data", "s3a://bucket"}}) {
    REQUIRE(meta.started);
    store.Put(file);
    worker = std::make_unique<FakeWorker>(meta.Connect(), store, "a");
    worker->Change({file}, {{1, 0, v1::TIER_MEM}});
    worker->EndSnapshot();
    REQUIRE(Eventually([&] {
      const auto workers = meta.Workers();
      return workers.size() == 1 && workers[0].state() == v1::Worker::LIVE;
    }));
  }

  SystemClock clock;
  FakeUnderStore store;
  const v1::FileFact file = WireFact(1, "/data/f", 250, 100);
  MetaServer meta;
  std::unique_ptr<FakeWorker> worker;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a watcher gets a snapshot, then changes, and nothing of what it has removed", "[meta]") {
  Watcher watcher(meta.Connect());
  watcher.Send({"/data", "s3a://bucket/f", "/absent", "nonsense"});
  CHECK(Eventually([&] { return watcher.Picture("/data").cached_bytes() == 100; }));
  CHECK(Eventually([&] { return watcher.Picture("s3a://bucket/f").cached_bytes() == 100; }));
  CHECK(Eventually([&] { return watcher.Picture("/absent").state() == v1::InputLocality::UNKNOWN; }));
  CHECK(Eventually([&] { return watcher.Picture("nonsense").state() == v1::InputLocality::INVALID; }));
  CHECK(Eventually([&] { return watcher.Workers().workers_size() == 1; }));

  worker->Change({}, {{1, 1, v1::TIER_SSD}});
  CHECK(Eventually([&] { return watcher.Picture("/data").cached_bytes() == 200; }));
  CHECK(Eventually([&] { return watcher.Picture("s3a://bucket/f").cached_bytes() == 200; }));

  watcher.Send({}, {"/data"});
  watcher.Send({"/data/*"});  // Its answer tells that the removal was read.
  REQUIRE(Eventually([&] { return watcher.Picture("/data/*").cached_bytes() == 200; }));
  const int updates = watcher.Updates("/data");
  worker->Change({}, {{1, 2, v1::TIER_SSD}});
  CHECK(Eventually([&] { return watcher.Picture("s3a://bucket/f").cached_bytes() == 250; }));
  CHECK(Eventually([&] { return watcher.Picture("/data/*").cached_bytes() == 250; }));
  CHECK(watcher.Updates("/data") == updates);
  CHECK(watcher.Close().ok());
}

TEST_CASE_METHOD(Fixture, "an input that a watcher adds again is sent again", "[meta]") {
  Watcher watcher(meta.Connect());
  watcher.Send({"/data"});
  REQUIRE(Eventually([&] { return watcher.Picture("/data").state() == v1::InputLocality::KNOWN; }));
  const int updates = watcher.Updates("/data");
  watcher.Send({"/data"});
  CHECK(Eventually([&] { return watcher.Updates("/data") > updates; }));
}

TEST_CASE_METHOD(Fixture, "a quiet stream beats, and tells of workers and their load", "[meta]") {
  Watcher watcher(meta.Connect());
  watcher.Send({"/data"});
  CHECK(Eventually([&] { return watcher.beats() >= 2; }));
  worker->Beat(0.75);
  CHECK(Eventually(
      [&] { return watcher.Workers().workers_size() == 1 && watcher.Workers().workers(0).load().overall() == 0.75; }));
  const FakeWorker second(meta.Connect(), store, "b");
  CHECK(Eventually([&] { return watcher.Workers().workers_size() == 2; }));
}

TEST_CASE_METHOD(Fixture, "a stream that asks for too much is refused by name", "[meta]") {
  Watcher many(meta.Connect());
  std::vector<std::string> inputs;
  for (int i = 0; i <= 10'000; ++i) inputs.push_back("nonsense" + std::to_string(i));
  many.Send(inputs);
  const grpc::Status status = many.Ended();
  CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(status.error_message().find("add: more than 10000") != std::string::npos);

  Watcher large(meta.Connect());
  large.Send({"/ok", "/" + std::string(4096, 'a')});
  CHECK(large.Ended().error_message().find("add[1]") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "many inputs and hundreds of streams are served, and a stop ends all at once", "[meta]") {
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < 200; ++i) {
    watchers.push_back(std::make_unique<Watcher>(meta.channel()));
    watchers.back()->Send({"/data", "/data/f"});
  }
  for (const auto& watcher : watchers) {
    CHECK(Eventually([&] { return watcher->Picture("/data/f").cached_bytes() == 100; }));
  }
  worker->Change({}, {{1, 1, v1::TIER_MEM}});
  for (const auto& watcher : watchers) {
    CHECK(Eventually([&] { return watcher->Picture("/data").cached_bytes() == 200; }));
  }
  // MetaServer's drain is longer than a test may take: this returns because the streams are cancelled.
  meta.Stop();
  for (const auto& watcher : watchers) CHECK_FALSE(watcher->Ended().ok());
}

TEST_CASE_METHOD(Fixture, "a stop ends questions that wait", "[meta]") {
  worker->Kill();
  REQUIRE(Eventually([&] { return meta.catalog.Workers()[0].worker.stream == 0; }));
  grpc::Status status;
  v1::GetLocalityResponse response;
  std::thread asker([&] { response = meta.Get({"/data/other"}, &status, 60s); });
  REQUIRE(Eventually([&] { return meta.catalog.Stats().pending == 1; }));
  meta.Stop();
  asker.join();
  CHECK((!status.ok() || response.inputs(0).state() == v1::InputLocality::PENDING));
}

TEST_CASE_METHOD(Fixture, "questions out of bounds name the field", "[meta]") {
  grpc::Status status;
  meta.Get({}, &status);
  CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(status.error_message().find("inputs: has 0") == 0);
  meta.Get(std::vector<std::string>(65, "/data"), &status);
  CHECK(status.error_message().find("inputs: has 65") == 0);
  CHECK(meta.Get(std::vector<std::string>(64, "/data"), &status).inputs_size() == 64);
  meta.Get({"/data", std::string(4097, '/')}, &status);
  CHECK(status.error_message().find("inputs[1]: has 4097 bytes") == 0);

  const auto stub = v1::LocalityService::NewStub(meta.channel());
  const auto list = [&](const v1::ListBlocksRequest& request) {
    grpc::ClientContext context;
    v1::ListBlocksResponse response;
    return stub->ListBlocks(&context, request, &response);
  };
  v1::ListBlocksRequest request;
  request.set_input("s3a://other/x");
  CHECK(list(request).error_message().find("input: no mount covers s3a://other/x") == 0);
  request.set_input("/data");
  request.set_page_size(10'001);
  CHECK(list(request).error_message().find("page_size") == 0);
  request.set_page_size(10'000);
  CHECK(list(request).ok());
  request.set_page_token("abc");
  CHECK(list(request).error_message().find("page_token") == 0);
}

TEST_CASE_METHOD(Fixture, "blocks are listed page by page with their holders", "[meta]") {
  const auto stub = v1::LocalityService::NewStub(meta.channel());
  v1::ListBlocksRequest request;
  request.set_input("alluxio:///data");
  request.set_page_size(2);
  std::vector<v1::Block> blocks;
  do {
    grpc::ClientContext context;
    v1::ListBlocksResponse response;
    REQUIRE(stub->ListBlocks(&context, request, &response).ok());
    blocks.insert(blocks.end(), response.blocks().begin(), response.blocks().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[0].path() == "/data/f");
  CHECK(blocks[0].file_id() == 1);
  REQUIRE(blocks[0].holders_size() == 1);
  CHECK(blocks[0].holders(0).node() == "node-a");
  CHECK(blocks[0].holders(0).tier() == v1::TIER_MEM);
  CHECK(blocks[2].index() == 2);
  CHECK(blocks[2].offset_bytes() == 200);
  CHECK(blocks[2].length_bytes() == 50);
  CHECK(blocks[2].holders_size() == 0);
}

TEST_CASE_METHOD(Fixture, "a sample tells the nodes of each block", "[meta]") {
  FakeWorker second(meta.Connect(), store, "b");
  second.Change({file}, {{1, 0, v1::TIER_SSD}, {1, 2, v1::TIER_MEM}});
  second.EndSnapshot();
  REQUIRE(Eventually([&] { return meta.GetOne("/data").cached_bytes() == 150; }));
  const auto stub = v1::LocalityService::NewStub(meta.channel());
  for (const char* input : {"/data", "s3a://bucket/f", "alluxio:///data/*"}) {
    grpc::ClientContext context;
    v1::SampleBlocksRequest request;
    request.set_input(input);
    v1::SampleBlocksResponse sample;
    REQUIRE(stub->SampleBlocks(&context, request, &sample).ok());
    CHECK(sample.cached_blocks() == 2);
    CHECK(std::vector<std::string>(sample.nodes().begin(), sample.nodes().end()) ==
          std::vector<std::string>{"node-a", "node-b"});
    REQUIRE(sample.blocks_size() == 2);
    const bool in_order = sample.blocks(0).length_bytes() == 100;
    const v1::SampledBlock& shared = sample.blocks(in_order ? 0 : 1);
    const v1::SampledBlock& last = sample.blocks(in_order ? 1 : 0);
    CHECK(std::vector<uint32_t>(shared.nodes().begin(), shared.nodes().end()) == std::vector<uint32_t>{0, 1});
    CHECK(last.length_bytes() == 50);
    CHECK(std::vector<uint32_t>(last.nodes().begin(), last.nodes().end()) == std::vector<uint32_t>{1});
  }
}

TEST_CASE_METHOD(Fixture, "a sample out of bounds names the field, one of an unknown path is empty", "[meta]") {
  const auto stub = v1::LocalityService::NewStub(meta.channel());
  v1::SampleBlocksResponse response;
  const auto sample = [&](const std::string& input, uint32_t max_blocks) {
    grpc::ClientContext context;
    v1::SampleBlocksRequest request;
    request.set_input(input);
    request.set_max_blocks(max_blocks);
    return stub->SampleBlocks(&context, request, &response);
  };
  CHECK(sample("/data", 16'384).ok());
  const grpc::Status many = sample("/data", 16'385);
  CHECK(many.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(many.error_message().find("max_blocks: is 16385") == 0);
  CHECK(sample("s3a://other/x", 1).error_message().find("input: no mount covers s3a://other/x") == 0);
  CHECK(sample("/" + std::string(4096, 'a'), 1).error_message().find("input: has 4097 bytes") == 0);
  CHECK(sample("/absent", 1).ok());
  CHECK(response.blocks_size() == 0);
  CHECK(response.cached_blocks() == 0);
}

TEST_CASE_METHOD(Fixture, "beyond four samples at once the next is refused, and a stop ends all", "[meta]") {
  // A path that nobody lists: samples of it wait.
  worker->Kill();
  REQUIRE(Eventually([&] { return meta.catalog.Workers()[0].worker.stream == 0; }));
  const auto sample = [&] {
    grpc::ClientContext context;
    context.set_deadline(SystemClock().WallNow() + 60s);
    v1::SampleBlocksRequest request;
    request.set_input("/data/other");
    v1::SampleBlocksResponse response;
    return v1::LocalityService::NewStub(meta.channel())->SampleBlocks(&context, request, &response);
  };
  std::vector<std::thread> waiting;
  std::atomic<int> stopped{0};
  std::atomic<bool> refused{false};
  meta.channel();
  for (int i = 0; i < 5; ++i) {
    waiting.emplace_back([&] {
      const grpc::Status status = sample();
      if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED &&
          status.error_message().find("4 SampleBlocks calls are open") == 0) {
        refused = true;
      } else if (!status.ok()) {
        ++stopped;
      }
    });
  }
  CHECK(Eventually([&] { return refused.load(); }));
  CHECK(meta.metrics.Render().find("locus_meta_limit_hits_total{limit=\"sample_calls\"} 1\n") != std::string::npos);
  CHECK(stopped == 0);
  meta.Stop();
  for (std::thread& thread : waiting) thread.join();
  CHECK(stopped == 4);
}

TEST_CASE_METHOD(Fixture, "a sample that takes longer than its deadline ends with that", "[meta]") {
  // A clock that runs a hundred seconds ahead between two looks at it.
  class HastyClock final : public Clock {
   public:
    SteadyTime Now() const override { return SteadyTime(looks_++ * 100s); }
    WallTime WallNow() const override { return real_.WallNow(); }

   private:
    mutable std::atomic<int> looks_{0};
    const SystemClock real_;
  };
  const HastyClock hasty;
  Metrics metrics;
  LocalityService service(meta.catalog, hasty, metrics);
  GrpcServer server({});
  REQUIRE(server.Start({&service}).ok());
  grpc::ClientContext context;
  context.set_deadline(SystemClock().WallNow() + 20s);
  v1::SampleBlocksRequest request;
  request.set_input("/data");
  v1::SampleBlocksResponse response;
  REQUIRE(meta.GetOne("/data").state() == v1::InputLocality::KNOWN);
  const grpc::Status status =
      v1::LocalityService::NewStub(server.InProcessChannel())->SampleBlocks(&context, request, &response);
  CHECK(status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  CHECK(status.error_message().find("input: a sample of it takes longer") == 0);
}

TEST_CASE_METHOD(Fixture, "the mount table is shown", "[meta]") {
  grpc::ClientContext context;
  v1::ListMountsResponse response;
  REQUIRE(v1::LocalityService::NewStub(meta.channel())->ListMounts(&context, {}, &response).ok());
  REQUIRE(response.mounts_size() == 1);
  CHECK(response.mounts(0).path() == "/data");
  CHECK(response.mounts(0).ufs_uri() == "s3a://bucket");
}
