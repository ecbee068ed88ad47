#include <catch2/catch.hpp>

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

TEST_CASE_METHOD(Fixture, "the mount table is shown", "[meta]") {
  grpc::ClientContext context;
  v1::ListMountsResponse response;
  REQUIRE(v1::LocalityService::NewStub(meta.channel())->ListMounts(&context, {}, &response).ok());
  REQUIRE(response.mounts_size() == 1);
  CHECK(response.mounts(0).path() == "/data");
  CHECK(response.mounts(0).ufs_uri() == "s3a://bucket");
}
