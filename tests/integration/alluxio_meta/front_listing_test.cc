// What callers see in listings through the front.
#include <catch2/catch.hpp>
#include <set>

#include "kube/objects.h"
#include "tests/integration/alluxio_meta/running_front.h"
#include "tests/support/alluxio/fake_master.h"

using namespace locus;
using namespace locus::meta;
namespace fake = locus::fake_alluxio;
using ::alluxio::grpc::file::FileInfo;

namespace {

constexpr char kIdA[] = "11111111-1111-4111-8111-111111111111";
constexpr char kIdB[] = "22222222-2222-4222-8222-222222222222";

kube::Pod Executor(const std::string& application, int number, const std::string& ip, const std::string& host,
                   const std::string& driver = "") {
  kube::Pod pod;
  pod.space = "default";
  pod.name = application + "-exec-" + std::to_string(number);
  pod.node = "node-of-" + host;
  pod.ips = {ip};
  pod.host_ip = host;
  pod.labels = {
      {"spark-app-selector", application}, {"spark-role", "executor"}, {"spark-exec-id", std::to_string(number)}};
  pod.spark_driver_host = driver;
  return pod;
}

// Three workers; file i's only block is on worker i % 3.
void Fill(fake::World& world, int files) {
  for (const char* host : {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) {
    fake::WorkerSpec worker;
    worker.host = host;
    world.AddWorker(worker);
  }
  for (int i = 0; i < files; ++i) {
    const std::string path = "/data/part-" + std::to_string(i);
    world.AddFile(path, {.length = 1 << 20});
    world.CacheFile(path, "10.0.0." + std::to_string(i % 3 + 1), "MEM");
  }
}

// Host -> containerHost of all locations.
std::multiset<std::pair<std::string, std::string>> Hosts(const FileInfo& info) {
  std::multiset<std::pair<std::string, std::string>> hosts;
  for (const auto& block : info.file_block_infos()) {
    for (const auto& location : block.block_info().locations()) {
      hosts.emplace(location.worker_address().host(), location.worker_address().container_host());
    }
  }
  return hosts;
}

}  // namespace

TEST_CASE("a driver outside of the cluster sees its executors as hosts of blocks", "[front]") {
  fake::FakeMaster master;
  Fill(master.world(), 3);
  RunningFront front({master.target()});
  REQUIRE(front.AwaitLeader());
  front.applications.Begin();
  front.applications.Page({Executor("app", 1, "10.9.0.1", "10.0.0.1", "127.0.0.1"),
                           Executor("app", 2, "10.9.0.2", "10.0.0.2", "127.0.0.1")});
  front.applications.End();
  FrontClient client(ChannelTo(front.target()), kIdA);
  REQUIRE(client.Authenticate().ok());

  std::vector<FileInfo> entries;
  REQUIRE(client.List("/data", &entries).ok());
  REQUIRE(entries.size() == 3);
  using Pair = std::pair<std::string, std::string>;
  CHECK(Hosts(entries[0]) == std::multiset<Pair>{{"10.9.0.1", "10.0.0.1"}});
  CHECK(Hosts(entries[1]) == std::multiset<Pair>{{"10.9.0.2", "10.0.0.2"}});
  // No executor there.
  CHECK(Hosts(entries[2]) == std::multiset<Pair>{{"10.0.0.3", ""}});

  FileInfo info;
  REQUIRE(client.GetStatus("/data/part-0", /*open=*/false, &info).ok());
  CHECK(Hosts(info) == std::multiset<Pair>{{"10.9.0.1", "10.0.0.1"}});
  REQUIRE(client.GetStatus("/data/part-0", /*open=*/true, &info).ok());
  CHECK(Hosts(info) == std::multiset<Pair>{{"10.0.0.1", ""}});

  const std::vector<CallerRecord> callers = front.book.CallersOf({"default", "app"});
  REQUIRE(callers.size() == 1);
  CHECK(callers[0].address == "127.0.0.1");
  CHECK(callers[0].recognised == Recognised::kDriverUrl);
  CHECK(callers[0].listings == 2);
  CHECK(callers[0].opens == 1);
  CHECK(callers[0].executors == 2);
}

TEST_CASE("two applications on the same nodes see their own executors only", "[front]") {
  fake::FakeMaster master;
  Fill(master.world(), 3);
  RunningFront front({master.target()});
  REQUIRE(front.AwaitLeader());
  front.applications.Begin();
  std::vector<kube::Pod> pods;
  for (int i = 1; i <= 3; ++i) {
    const std::string host = "10.0.0." + std::to_string(i);
    pods.push_back(Executor("a", i, "127.0.1." + std::to_string(i), host));
    pods.push_back(Executor("b", i, "127.0.2." + std::to_string(i), host));
  }
  front.applications.Page(pods);
  front.applications.End();
  FrontClient a(ChannelFrom("127.0.1.1", front.port()), kIdA);
  FrontClient b(ChannelFrom("127.0.2.3", front.port()), kIdB);
  FrontClient nobody(ChannelTo(front.target()), "33333333-3333-4333-8333-333333333333");
  REQUIRE(a.Authenticate().ok());
  REQUIRE(b.Authenticate().ok());
  REQUIRE(nobody.Authenticate().ok());
  for (const auto& [client, prefix] :
       {std::pair(&a, "127.0.1."), std::pair(&b, "127.0.2."), std::pair(&nobody, "10.0.0.")}) {
    std::vector<FileInfo> entries;
    REQUIRE(client->List("/data", &entries).ok());
    REQUIRE(entries.size() == 3);
    for (size_t i = 0; i < 3; ++i) {
      const auto hosts = Hosts(entries[i]);
      REQUIRE(hosts.size() == 1);
      CHECK(hosts.begin()->first == prefix + std::to_string(i + 1));
    }
  }
}

TEST_CASE("executors that come and go are seen by the next listing", "[front]") {
  fake::FakeMaster master;
  Fill(master.world(), 1);
  RunningFront front({master.target()});
  REQUIRE(front.AwaitLeader());
  FrontClient client(ChannelTo(front.target()), kIdA);
  REQUIRE(client.Authenticate().ok());
  const auto host = [&client] {
    std::vector<FileInfo> entries;
    REQUIRE(client.List("/data", &entries).ok());
    REQUIRE(entries.size() == 1);
    const auto hosts = Hosts(entries[0]);
    REQUIRE(hosts.size() == 1);
    return hosts.begin()->first;
  };
  CHECK(host() == "10.0.0.1");
  kube::Pod pod = Executor("app", 1, "10.9.0.1", "10.0.0.1", "127.0.0.1");
  front.applications.Event({true, pod});
  CHECK(host() == "10.9.0.1");
  front.applications.Event({true, Executor("app", 2, "10.9.0.2", "10.0.0.1", "127.0.0.1")});
  pod.deleted = true;
  front.applications.Event({true, pod});
  CHECK(host() == "10.9.0.2");
  front.applications.Event({false, pod});
  front.applications.Event({false, Executor("app", 2, "10.9.0.2", "10.0.0.1", "127.0.0.1")});
  CHECK(host() == "10.0.0.1");
}
