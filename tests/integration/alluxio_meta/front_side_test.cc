// The front as locus-meta puts it together: configuration, catalog, API server, master.
#include "alluxio_meta/front_side.h"

#include <catch2/catch.hpp>

#include "alluxio_meta/config.h"
#include "common/config.h"
#include "common/status.h"
#include "tests/integration/alluxio_meta/running_front.h"
#include "tests/support/alluxio/fake_master.h"
#include "tests/unit/kube/fake_api_server.h"

using namespace locus;
using namespace locus::meta;
namespace fake = locus::fake_alluxio;
using ::alluxio::grpc::file::FileInfo;

namespace {

constexpr char kId[] = "11111111-1111-4111-8111-111111111111";

// In one line, as a watch sends it.
std::string ExecutorJson(const std::string& ip) {
  return R"({"kind":"Pod","metadata":{"name":"exec-1","namespace":"default","uid":"u1","resourceVersion":"2",)"
         R"("labels":{"spark-app-selector":"app","spark-role":"executor","spark-exec-id":"1"}},)"
         R"("spec":{"nodeName":"node-1","containers":[{"name":"e","env":[)"
         R"({"name":"SPARK_DRIVER_URL","value":"spark://CoarseGrainedScheduler@127.0.0.1:7078"}]}]},)"
         R"("status":{"phase":"Running","hostIP":"172.16.0.1","podIP":")" +
         ip + R"("}})";
}

MetaConfig Configure(const std::string& master, const std::string& more) {
  config::v1::Meta proto;
  PresetDefaults(&proto);
  const std::string yaml = "source: alluxio\nalluxio: {masters: ['" + master +
                           "'], connect_timeout: 500ms, reconnect_max: 50ms}\n"
                           "front: {enabled: true, listen: {port: 0}}\n" +
                           more;
  REQUIRE(ParseConfig(yaml, {}, &proto).ok());
  return ToMetaConfig(proto).value();
}

void Fill(fake::World& world) {
  fake::WorkerSpec worker;
  worker.host = "worker-1";
  world.AddWorker(worker);
  world.AddFile("/data/a", {.length = 10});
  world.CacheFile("/data/a", "worker-1", "MEM");
}

// A catalog that knows the worker's node, as the mirror would have told it.
void Tell(Catalog& catalog) {
  MasterWorkers workers;
  workers.term = 1;
  MasterWorker worker;
  worker.address = {"worker-1", "", 29999};
  workers.workers.push_back(worker);
  catalog.SetNodeNamer([](const Worker&) { return NodeNaming{"node-1", "node name", ""}; });
  catalog.MasterWorkersSaid(workers);
}

std::string HostOf(FrontClient& client) {
  FileInfo info;
  REQUIRE(client.GetStatus("/data/a", false, &info).ok());
  return info.file_block_infos(0).block_info().locations(0).worker_address().host();
}

}  // namespace

TEST_CASE("the front learns pods from the API server, and workers' nodes from the catalog", "[front]") {
  fake::FakeMaster master;
  Fill(master.world());
  kube::FakeApiServer api([](const httplib::Request& request, httplib::Response& response) {
    if (request.has_param("watch")) {
      kube::Play(response, {kube::FrameJson("MODIFIED", ExecutorJson("10.9.0.2"))}, kube::Ending::kSilence);
    } else {
      kube::Answer(response, kube::PodListJson({ExecutorJson("10.9.0.1")}));
    }
  });
  const std::string kubeconfig = api.Kubeconfig("{token: t}");
  const MetaConfig config = Configure(master.target(), "nodes: {kubernetes: {kubeconfig: '" + kubeconfig + "'}}\n");
  const SystemClock clock;
  Metrics metrics;
  CatalogOptions options = config.catalog;
  Catalog catalog(options, config.mounts, clock);
  WorkerListings listings(
      {}, [] { return uint64_t{0}; }, clock, metrics);
  Tell(catalog);
  const auto side = FrontSide::Create(config, catalog, listings, {1, "", ""}, clock, metrics).value();
  REQUIRE(side->Start().ok());
  FrontClient client(ChannelTo("127.0.0.1:" + std::to_string(side->port())), kId);
  REQUIRE(Eventually([&] { return side->Condition().find("knows 1 applications") != std::string::npos; }));
  REQUIRE(
      Eventually([&] { return side->Condition().find("passes calls on to " + master.target()) != std::string::npos; }));
  REQUIRE(client.Authenticate().ok());
  // First as listed, then as the watch has it.
  CHECK(Eventually([&] { return HostOf(client) == "10.9.0.2"; }));
  const auto callers = side->callers().CallersOf({"default", "app"});
  REQUIRE(callers.size() == 1);
  CHECK(callers[0].rewritten == 1);
  CHECK(side->applications().All("").size() == 1);
  CHECK(api.seen().at(0).query.find("labelSelector")->second == "spark-role");
  const std::string text = metrics.Render();
  CHECK(text.find("\nlocus_meta_front_leader 1\n") != std::string::npos);
  CHECK(text.find("\nlocus_meta_front_applications 1\n") != std::string::npos);
  CHECK(text.find("locus_meta_front_blocks_total{outcome=\"rewritten\"}") != std::string::npos);
  side->Stop();
}

TEST_CASE("without an API server the front says so and changes nothing", "[front]") {
  fake::FakeMaster master;
  Fill(master.world());
  const MetaConfig config = Configure(master.target(), "");
  const SystemClock clock;
  Metrics metrics;
  Catalog catalog(config.catalog, config.mounts, clock);
  WorkerListings listings(
      {}, [] { return uint64_t{0}; }, clock, metrics);
  Tell(catalog);
  const auto side = FrontSide::Create(config, catalog, listings, {1, "", ""}, clock, metrics).value();
  REQUIRE(side->Start().ok());
  CHECK(side->Condition().find("no API server is configured (nodes.kubernetes)") != std::string::npos);
  REQUIRE(Eventually([&] { return metrics.Render().find("\nlocus_meta_front_leader 1\n") != std::string::npos; }));
  FrontClient client(ChannelTo("127.0.0.1:" + std::to_string(side->port())), kId);
  REQUIRE(client.Authenticate().ok());
  CHECK(HostOf(client) == "worker-1");
  CHECK(Eventually([&] {
    return metrics.Render().find("locus_meta_front_callers_total{recognised=\"nobody\"} 1") != std::string::npos;
  }));
}

TEST_CASE("a front whose port is taken says which", "[front]") {
  fake::FakeMaster master;
  const MetaConfig config = Configure(master.target(), "");
  MetaConfig taken = config;
  taken.front.server.port = master.port();
  const SystemClock clock;
  Metrics metrics;
  Catalog catalog(config.catalog, config.mounts, clock);
  WorkerListings listings(
      {}, [] { return uint64_t{0}; }, clock, metrics);
  const auto side = FrontSide::Create(taken, catalog, listings, {1, "", ""}, clock, metrics).value();
  const absl::Status status = side->Start();
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(MessageOf(status).find("front.listen: cannot listen on 127.0.0.1:" + std::to_string(master.port())) !=
        std::string::npos);
}

TEST_CASE("a front that is not enabled is not there", "[front]") {
  config::v1::Meta proto;
  PresetDefaults(&proto);
  REQUIRE(ParseConfig("", {}, &proto).ok());
  const MetaConfig config = ToMetaConfig(proto).value();
  const SystemClock clock;
  Metrics metrics;
  Catalog catalog(config.catalog, config.mounts, clock);
  WorkerListings listings(
      {}, [] { return uint64_t{0}; }, clock, metrics);
  CHECK(FrontSide::Create(config, catalog, listings, {1, "", ""}, clock, metrics).value() == nullptr);
}
