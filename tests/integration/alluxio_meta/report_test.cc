#include <catch2/catch.hpp>

#include "common/testing/fake_clock.h"
#include "tests/integration/alluxio_meta/fake_worker.h"
#include "tests/integration/alluxio_meta/meta_server.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kBlock = 100;

struct Fixture {
  Fixture() : meta(clock, Options()) {
    REQUIRE(meta.started);
    store.Put(file);
    store.Put(WireFact(2, "/t/g", 50, kBlock));
  }
  static CatalogOptions Options() {
    CatalogOptions options;
    options.workers = {10s, 60s, 3};
    options.run = 7;
    return options;
  }
  std::unique_ptr<FakeWorker> Worker(const std::string& host, FakeWorker::Lists lists = FakeWorker::Lists::kAnswers) {
    return std::make_unique<FakeWorker>(meta.Connect(), store, host, lists);
  }
  // A worker that has the first block of /t/f in memory and the second on its SSD, synced.
  std::unique_ptr<FakeWorker> Synced(const std::string& host) {
    auto worker = Worker(host);
    worker->Change({file}, {{1, 0, v1::TIER_MEM}, {1, 1, v1::TIER_SSD}});
    worker->EndSnapshot();
    REQUIRE(Eventually([&] { return StateOf(host) == v1::Worker::LIVE; }));
    return worker;
  }
  v1::Worker::State StateOf(const std::string& host) {
    for (const v1::Worker& worker : meta.Workers()) {
      if (worker.address().host() == host) return worker.state();
    }
    return v1::Worker::STATE_UNSPECIFIED;
  }
  uint64_t Cached(const std::string& input) { return meta.GetOne(input).cached_bytes(); }

  FakeClock clock;
  FakeUnderStore store;
  const v1::FileFact file = WireFact(1, "/t/f", 250, kBlock);
  MetaServer meta;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a worker's snapshot and changes become locality", "[meta]") {
  const auto worker = Synced("a");
  CHECK(Eventually([&] { return worker->beat_interval_ms() == 3333; }));
  CHECK(worker->first_was_welcome());
  const v1::InputLocality t = meta.GetOne("alluxio://any:19998/t");
  CHECK(t.state() == v1::InputLocality::KNOWN);
  CHECK(t.length_bytes() == 300);
  CHECK(t.files() == 2);
  CHECK(t.blocks() == 4);
  CHECK(t.cached_bytes() == 200);
  REQUIRE(t.holders_size() == 1);
  CHECK(t.holders(0).node() == "node-a");
  CHECK(t.holders(0).address().data_port() == 8920);
  REQUIRE(t.holders(0).tiers_size() == 2);
  CHECK(t.holders(0).tiers(0).tier() == v1::TIER_MEM);
  CHECK(t.holders(0).tiers(0).bytes() == 100);
  worker->Change({}, {{1, 2, v1::TIER_HDD}, {1, 0, v1::TIER_MEM, v1::BlockChange::REMOVED}});
  CHECK(Eventually([&] { return Cached("/t/f") == 150; }));
}

TEST_CASE_METHOD(Fixture, "a reconnected worker keeps what it repeats and loses the rest", "[meta]") {
  auto worker = Synced("a");
  REQUIRE(Cached("/t") == 200);
  worker->Kill();
  auto again = Worker("a");
  REQUIRE(Eventually([&] { return StateOf("a") == v1::Worker::SYNCING; }));
  // Until the snapshot is complete the older news counts.
  CHECK(Cached("/t") == 200);
  again->Change({file}, {{1, 1, v1::TIER_SSD}});
  again->EndSnapshot();
  CHECK(Eventually([&] { return StateOf("a") == v1::Worker::LIVE; }));
  CHECK(Cached("/t") == 100);
}

TEST_CASE_METHOD(Fixture, "an older stream of the same address is told that it is replaced", "[meta]") {
  auto older = Synced("a");
  auto newer = Worker("a");
  REQUIRE(Eventually([&] { return StateOf("a") == v1::Worker::SYNCING; }));
  older->Beat(0.5);
  CHECK(older->Ended().error_code() == grpc::StatusCode::ALREADY_EXISTS);
  newer->Change({file}, {{1, 0, v1::TIER_MEM}});
  newer->EndSnapshot();
  CHECK(Eventually([&] { return Cached("/t") == 100; }));
  CHECK(meta.Workers().size() == 1);
}

TEST_CASE_METHOD(Fixture, "a silent worker is lost and returns when it is heard", "[meta]") {
  const auto worker = Synced("a");
  REQUIRE(Cached("/t") == 200);
  clock.Advance(10s);
  CHECK(Eventually([&] { return StateOf("a") == v1::Worker::LOST; }));
  CHECK(Cached("/t") == 0);
  CHECK(meta.GetOne("/t").holders_size() == 0);
  worker->Beat(0.25);
  CHECK(Eventually([&] { return StateOf("a") == v1::Worker::LIVE; }));
  CHECK(Cached("/t") == 200);
  CHECK(meta.Workers()[0].load().overall() == 0.25);
}

TEST_CASE_METHOD(Fixture, "a worker whose stream has ended counts until lost_after and is forgotten later", "[meta]") {
  Synced("a")->Kill();
  const auto other = Synced("b");
  REQUIRE(Eventually([&] { return meta.catalog.Workers()[0].worker.stream == 0; }));
  CHECK(meta.GetOne("/t").holders_size() == 2);
  CHECK(StateOf("a") == v1::Worker::LIVE);
  clock.Advance(9s);
  other->Beat(0);
  REQUIRE(Eventually([&] { return meta.Workers()[1].last_heard_ms() == 0; }));
  clock.Advance(1s);
  CHECK(Eventually([&] { return StateOf("a") == v1::Worker::LOST; }));
  CHECK(meta.GetOne("/t").holders_size() == 1);
  clock.Advance(50s);
  CHECK(Eventually([&] { return StateOf("a") == v1::Worker::STATE_UNSPECIFIED; }));
}

TEST_CASE_METHOD(Fixture, "a path that the under-store does not have is unknown, and known once it is there",
                 "[meta]") {
  const auto worker = Synced("a");
  CHECK(meta.GetOne("/absent").state() == v1::InputLocality::UNKNOWN);
  store.Put(WireFact(3, "/absent/x", 10, kBlock));
  CHECK(meta.GetOne("/absent").state() == v1::InputLocality::UNKNOWN);
  clock.Advance(5s);
  CHECK(Eventually([&] { return meta.GetOne("/absent").state() == v1::InputLocality::KNOWN; }));
}

TEST_CASE_METHOD(Fixture, "without workers an input is pending until one connects", "[meta]") {
  grpc::Status status;
  const v1::GetLocalityResponse response = meta.Get({"/t", "nowhere"}, &status, 200ms);
  REQUIRE(status.ok());
  CHECK(response.inputs(0).state() == v1::InputLocality::PENDING);
  CHECK(response.inputs(0).problem() == "no worker is connected");
  CHECK(response.inputs(1).state() == v1::InputLocality::INVALID);
  CHECK(response.freshness().run() == 7);
  const auto worker = Worker("a");
  CHECK(meta.GetOne("/t").state() == v1::InputLocality::KNOWN);
}

TEST_CASE_METHOD(Fixture, "when a worker cannot list the next one does", "[meta]") {
  const auto failing = Worker("a", FakeWorker::Lists::kFails), silent = Worker("b", FakeWorker::Lists::kSilent),
             good = Worker("c");
  REQUIRE(Eventually([&] { return meta.Workers().size() == 3; }));
  bool known = false;
  // Each of four paths starts at another worker; a silent one costs five seconds of the clock.
  for (const char* path : {"/t", "/t/f", "/t/g", "/"}) {
    known = Eventually([&] {
      grpc::Status status;
      const auto response = meta.Get({path}, &status, 50ms);
      for (const auto& worker : {failing.get(), silent.get(), good.get()}) worker->Beat(0);
      clock.Advance(1s);
      return response.inputs_size() == 1 && response.inputs(0).state() == v1::InputLocality::KNOWN;
    });
    CHECK(known);
  }
  CHECK(Eventually([&] { return failing->asked().size() + silent->asked().size() > 0; }));
}

TEST_CASE_METHOD(Fixture, "a file that vanishes at the under-store leaves the answers with the next listing",
                 "[meta]") {
  const auto worker = Synced("a");
  REQUIRE(meta.GetOne("/t").files() == 2);
  store.Remove("/t/f");
  for (int i = 0; i < 6; ++i) {
    clock.Advance(5s);
    worker->Beat(0);
    REQUIRE(Eventually([&] { return meta.Workers()[0].last_heard_ms() == 0; }));
  }
  CHECK(Eventually([&] { return meta.GetOne("/t").files() == 1; }));
  CHECK(Cached("/t") == 0);
}

TEST_CASE_METHOD(Fixture, "what an agent tells of clients is kept under its worker", "[meta]") {
  const auto worker = Synced("a");
  v1::ReportRequest request;
  v1::ClientTraffic& client = *request.mutable_traffic()->add_clients();
  client.set_address("10.1.2.3");
  client.set_sent_bytes(77);
  worker->Write(request);
  REQUIRE(Eventually([&] { return !meta.reports.traffic().ReadBy("10.1.2.3").empty(); }));
  const WorkerBytes read = meta.reports.traffic().ReadBy("10.1.2.3").front();
  CHECK(read.worker.host == "a");
  CHECK(read.bytes == 77);
}

TEST_CASE_METHOD(Fixture, "a malformed stream is refused by name", "[meta]") {
  const auto refused = [&](const v1::ReportRequest& request, grpc::StatusCode code, const std::string& part) {
    const auto worker = Worker("a");
    worker->Write(request);
    const grpc::Status status = worker->Ended();
    CHECK(status.error_code() == code);
    CHECK(status.error_message().find(part) != std::string::npos);
  };
  v1::ReportRequest request;
  request.mutable_hello()->mutable_address()->set_host("x");
  refused(request, grpc::StatusCode::INVALID_ARGUMENT, "hello: stands twice");
  for (int i = 0; i < 4097; ++i) request.mutable_changes()->add_blocks();
  refused(request, grpc::StatusCode::RESOURCE_EXHAUSTED, "changes");
  for (int i = 0; i < 1001; ++i) request.mutable_listing()->add_files();
  refused(request, grpc::StatusCode::RESOURCE_EXHAUSTED, "listing.files");

  grpc::ClientContext context;
  const auto stub = v1::WorkerService::NewStub(meta.channel());
  const auto stream = stub->Report(&context);
  request.mutable_beat();
  stream->Write(request);
  CHECK(stream->Finish().error_message().find("the first message") != std::string::npos);
  FakeWorker nameless(meta.Connect(), store, "");
  CHECK(nameless.Ended().error_message().find("hello.address.host") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "one worker too many is refused", "[meta]") {
  const auto a = Worker("a"), b = Worker("b"), c = Worker("c");
  REQUIRE(Eventually([&] { return meta.Workers().size() == 3; }));
  const grpc::Status status = Worker("d")->Ended();
  CHECK(status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(status.error_message().find("workers.max_workers") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "what went on is on the metrics page", "[meta]") {
  const auto worker = Synced("a");
  meta.GetOne("/t");
  worker->Change({}, {{1, 99, v1::TIER_MEM}});
  REQUIRE(Eventually([&] { return meta.catalog.Stats().rejects[static_cast<size_t>(Reject::kBlockBeyondFile)] == 1; }));
  const std::string page = meta.metrics.Render();
  for (const char* line :
       {"locus_meta_workers{state=\"live\"} 1", "locus_meta_replicas 2", "locus_meta_files 2",
        "locus_meta_paths_of_interest{state=\"known\"} 1", "locus_meta_listings_total 1",
        "locus_meta_report_messages_total{kind=\"hello\"} 1", "locus_meta_report_messages_total{kind=\"changes\"} 2",
        "locus_meta_rejected_items_total{reason=\"block_beyond_file\"} 1",
        "locus_meta_get_locality_seconds_count{outcome=\"answered\"} 1"}) {
    INFO(line << " in\n" << page);
    CHECK(page.find(line) != std::string::npos);
  }
}
