// The front before several masters, and when one of the two is started again.
#include <catch2/catch.hpp>

#include "tests/integration/alluxio_meta/running_front.h"
#include "tests/integration/alluxio_meta/tiny_master.h"
#include "tests/support/alluxio/fake_master.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;
namespace fake = locus::fake_alluxio;
using ::alluxio::grpc::file::FileInfo;

namespace {

std::string Id(int number) {
  const std::string digit(1, static_cast<char>('0' + number));
  return std::string(8, digit[0]) + "-1111-4111-8111-111111111111";
}

// As Alluxio's clients do: with a new session each time, until it works.
bool ListsWithin(RunningFront& front, const std::string& path, int* number) {
  return Eventually([&] {
    FrontClient client(ChannelTo(front.target()), Id(++*number % 10));
    std::vector<FileInfo> entries;
    return client.Authenticate().ok() && client.List(path, &entries).ok() && !entries.empty();
  });
}

}  // namespace

TEST_CASE("calls and sessions go to the leader, and to the next one when it steps down", "[front]") {
  fake::FakeMaster first;
  fake::FakeMaster second;
  for (fake::FakeMaster* master : {&first, &second}) master->world().AddFile("/data/a", {.length = 10});
  first.BecomeStandby(fake::Standby::kUnavailable);
  RunningFront front({first.target(), second.target()});
  REQUIRE(front.AwaitLeader());
  CHECK(front.leader() == second.target());
  FrontClient client(ChannelTo(front.target()), Id(0));
  REQUIRE(client.Authenticate().ok());
  std::vector<FileInfo> entries;
  REQUIRE(client.List("/data", &entries).ok());
  CHECK(second.calls().Count("ListStatus") == 1);

  first.BecomeLeader();
  second.BecomeStandby(fake::Standby::kNotFound);
  // The old session ends, so that the client makes another one.
  CHECK(Eventually([&] { return !client.alive(); }));
  int number = 0;
  CHECK(ListsWithin(front, "/data", &number));
  CHECK(front.leader() == first.target());
  CHECK(first.calls().Count("ListStatus") >= 1);
}

TEST_CASE("a session that ends at the master ends at its client, with the same status", "[front]") {
  TinyMaster master;
  RunningFront front({master.address()});
  REQUIRE(front.AwaitLeader());
  FrontClient client(ChannelTo(front.target()), Id(1));
  REQUIRE(client.Authenticate().ok());
  CHECK(Eventually([&] { return master.streams() == 1; }));
  CHECK(client.alive());
  master.EndStreams({grpc::ABORTED, "swept"});
  CHECK(Eventually([&] { return !client.alive(); }));
  CHECK(Eventually([&] { return front.calls() == 0; }));
}

TEST_CASE("a client that goes takes its session at the master with it", "[front]") {
  TinyMaster master;
  RunningFront front({master.address()});
  REQUIRE(front.AwaitLeader());
  {
    FrontClient client(ChannelTo(front.target()), Id(1));
    REQUIRE(client.Authenticate().ok());
    CHECK(Eventually([&] { return master.streams() == 1; }));
    CHECK(master.Challenges().at(0).channel_ref() == "test");
  }
  CHECK(Eventually([&] { return master.streams() == 0; }));
}

TEST_CASE("a refused handshake passes", "[front]") {
  TinyMaster master;
  master.handshake_code = grpc::UNAUTHENTICATED;
  RunningFront front({master.address()});
  REQUIRE(front.AwaitLeader());
  FrontClient client(ChannelTo(front.target()), Id(1));
  CHECK(client.Authenticate().error_code() == grpc::UNAUTHENTICATED);
}

TEST_CASE("without a master callers hear at once why", "[front]") {
  fake::FakeMaster master;
  master.Refuse();
  RunningFront front({master.target()});
  FrontClient client(ChannelTo(front.target()), Id(1));
  CHECK(Eventually([&] {
    grpc::ClientContext context;
    ::alluxio::grpc::file::GetStatusResponse response;
    const grpc::Status status = client.files().GetStatus(&context, {}, &response);
    return status.error_code() == grpc::UNAVAILABLE &&
           status.error_message().find(master.target()) != std::string::npos;
  }));
  master.Restore();
  master.world().AddFile("/data/a", {.length = 10});
  int number = 1;
  CHECK(ListsWithin(front, "/data", &number));
}

TEST_CASE("a master that is started again is found again", "[front]") {
  fake::FakeMaster master;
  master.world().AddFile("/data/a", {.length = 10});
  RunningFront front({master.target()});
  REQUIRE(front.AwaitLeader());
  FrontClient client(ChannelTo(front.target()), Id(1));
  REQUIRE(client.Authenticate().ok());
  master.Restart();
  CHECK(Eventually([&] { return !client.alive(); }));
  int number = 1;
  CHECK(ListsWithin(front, "/data", &number));
}

TEST_CASE("a leader that is slow to say so keeps its sessions", "[front]") {
  fake::FakeMaster master;
  master.world().AddFile("/data/a", {.length = 10});
  RunningFront front({master.target()});
  REQUIRE(front.AwaitLeader());
  FrontClient client(ChannelTo(front.target()), Id(1));
  REQUIRE(client.Authenticate().ok());
  // Longer than the front waits for the answer; one failed call makes it ask.
  master.faults().Delay("getServiceVersion", 800ms);
  master.faults().Fail("GetStatus", {grpc::UNAVAILABLE, "safe mode"}, 1);
  const uint64_t asked = master.calls().Count("getServiceVersion");
  FileInfo info;
  CHECK(client.GetStatus("/data/a", false, &info).error_code() == grpc::UNAVAILABLE);
  CHECK(Eventually([&] { return master.calls().Count("getServiceVersion") >= asked + 3; }));
  CHECK(client.alive());
  CHECK(client.GetStatus("/data/a", false, &info).ok());
  CHECK(front.leader() == master.target());
}

TEST_CASE("a front that is started again is used again", "[front]") {
  fake::FakeMaster master;
  master.world().AddFile("/data/a", {.length = 10});
  int port = 0;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<FrontClient> client;
  {
    RunningFront front({master.target()});
    REQUIRE(front.AwaitLeader());
    port = front.port();
    channel = ChannelTo(front.target());
    client = std::make_unique<FrontClient>(channel, Id(1));
    REQUIRE(client->Authenticate().ok());
  }
  CHECK(Eventually([&] { return !client->alive(); }));
  CHECK(Eventually([&] { return master.sessions() == 0; }));
  FileInfo info;
  // What Alluxio's clients answer by asking again.
  CHECK(client->GetStatus("/data/a", false, &info).error_code() == grpc::UNAVAILABLE);
  RunningFront front({master.target()}, 1000, port);
  REQUIRE(front.AwaitLeader());
  int number = 1;
  CHECK(ListsWithin(front, "/data", &number));
}

TEST_CASE("the name that a client has dialled tells its application", "[front]") {
  fake::FakeMaster master;
  fake::WorkerSpec worker;
  worker.host = "10.0.0.1";
  master.world().AddWorker(worker);
  master.world().AddFile("/data/a", {.length = 10});
  master.world().CacheFile("/data/a", "10.0.0.1", "MEM");
  RunningFront front({master.target()});
  REQUIRE(front.AwaitLeader());
  for (const std::string application : {"a", "b"}) {
    kube::Pod pod;
    pod.space = "default";
    pod.name = application + "-exec-1";
    pod.ips = {"10.9.0." + std::string(application == "a" ? "1" : "2")};
    pod.host_ip = "10.0.0.1";
    pod.labels = {{"spark-app-selector", application}, {"spark-role", "executor"}};
    pod.annotations["locus.dev/front-name"] = "jobs-" + application;
    front.applications.Event({true, pod});
  }
  const auto ref = [](const std::string& name) {
    return "GrpcChannelKey{NetworkGroup=RPC, ServerAddress=GrpcServerAddress{HostName=" + name +
           ".locus.svc, SocketAddress=x:19998}, GroupIndex=0, ChannelId=y}";
  };
  for (const auto& [name, host] :
       {std::pair("jobs-a", "10.9.0.1"), std::pair("jobs-b", "10.9.0.2"), std::pair("jobs-c", "10.0.0.1")}) {
    FrontClient client(ChannelTo(front.target()), Id(1), ref(name));
    REQUIRE(client.Authenticate().ok());
    FileInfo info;
    REQUIRE(client.GetStatus("/data/a", false, &info).ok());
    CHECK(info.file_block_infos(0).block_info().locations(0).worker_address().host() == host);
  }
}
