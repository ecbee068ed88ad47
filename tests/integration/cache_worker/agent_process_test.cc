// The program in mode agent, beside folders that change as an Alluxio worker changes them.
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <thread>

#include "common/grpc_server.h"
#include "tests/integration/cache_worker/fake_meta.h"
#include "tests/integration/cache_worker/process.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

using Blocks = std::set<std::string>;
using Texts = std::vector<std::string>;

// A port of loopback that takes connections, or does not.
class Listener {
 public:
  ~Listener() { Close(); }
  // 0: a port of the kernel's choice.
  int Open(int port) {
    // Not for the agent: a listener that it inherits takes connections when this one is closed.
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(fd_, 1000) == 0);
    socklen_t size = sizeof(address);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }
  int Accept() const { return ::accept(fd_, nullptr, nullptr); }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

struct Setting {
  Setting() {
    StartMeta(0);
    alluxio_port = alluxio.Open(0);
    fs::create_directories(Path("mem/alluxioworker/.tmp_blocks"));
    fs::create_directories(Path("ssd/alluxioworker/.tmp_blocks"));
  }
  ~Setting() { server->Stop(); }

  std::string Path(const std::string& name) const { return folder.path() + "/" + name; }
  std::string File(const std::string& tier, uint64_t block) const {
    return Path(tier + "/alluxioworker/" + std::to_string(block));
  }
  void StartMeta(int port) {
    GrpcServerOptions options;
    options.port = port;
    options.drain = 50ms;
    server = std::make_unique<GrpcServer>(options);
    REQUIRE(server->Start({&meta}).ok());
  }
  void Start(const Texts& more = {}) {
    Texts arguments;
    Texts sets = {"mode=agent",
                  "node=node-1",
                  "admin.port=0",
                  "admin.port_file=" + Path("admin-port"),
                  "report.target=127.0.0.1:" + std::to_string(server->port()),
                  "report.reconnect_max=50ms",
                  "load.interval=50ms",
                  "agent.data_port=" + std::to_string(alluxio_port),
                  "agent.probe=50ms",
                  "agent.rescan=1h",
                  "agent.tiers.0.tier=MEM",
                  "agent.tiers.0.path=" + Path("mem"),
                  "agent.tiers.0.quota=1MiB",
                  "agent.tiers.1.tier=SSD",
                  "agent.tiers.1.path=" + Path("ssd")};
    sets.insert(sets.end(), more.begin(), more.end());
    for (const std::string& set : sets) {
      arguments.push_back("--set");
      arguments.push_back(set);
    }
    process = std::make_unique<Process>(arguments, Path("out"));
  }
  void Synced(size_t streams = 1) {
    const bool synced = Eventually([&] { return meta.count() >= streams && meta.latest().snapshot_complete; });
    INFO(process->Output());
    REQUIRE(synced);
  }
  // As Alluxio caches a block: written beside, then renamed.
  void Cache(const std::string& tier, uint64_t block, size_t bytes = 100) const {
    const std::string part = tier + "/alluxioworker/.tmp_blocks/" + std::to_string(block);
    folder.Write(part, std::string(bytes, 'x'));
    fs::rename(Path(part), File(tier, block));
  }
  bool Told(const Blocks& blocks) {
    return Eventually([&] { return meta.latest().blocks == blocks; });
  }
  std::string Page(const std::string& path) {
    Eventually([&] { return !TextOf(Path("admin-port")).empty(); });
    httplib::Client admin("127.0.0.1", std::atoi(TextOf(Path("admin-port")).c_str()));
    const auto answer = admin.Get(path);
    return answer ? answer->body : "";
  }
  bool Metric(const std::string& line) {
    return Eventually([&] { return Page("/metrics").find("locus_worker_" + line + "\n") != std::string::npos; });
  }
  void End() {
    process->Signal(SIGTERM);
    const int exit_code = process->Wait();
    INFO(process->Output());
    CHECK(exit_code == 0);
    for (const FakeMeta::Stream& stream : meta.streams()) CHECK(stream.violations == Texts{});
  }

  const TempFolder folder;
  FakeMeta meta{150};
  std::unique_ptr<GrpcServer> server;
  Listener alluxio;
  int alluxio_port = 0;
  std::unique_ptr<Process> process;
};

}  // namespace

TEST_CASE("an agent tells who the Alluxio worker is, what it holds and what changes", "[agent]") {
  Setting s;
  s.Cache("mem", 33554432, 100);
  s.Cache("ssd", 33554433, 200);
  s.folder.Write("ssd/alluxioworker/notes.txt", "x");
  s.Start({"announce_host=10.0.0.1", "agent.host=worker-1", "agent.container_host=127.0.0.1"});
  s.Synced();
  const v1::Hello hello = s.meta.latest().hello;
  CHECK(hello.blocks() == v1::Hello::ALLUXIO);
  CHECK(hello.address().host() == "worker-1");
  CHECK(hello.address().container_host() == "127.0.0.1");
  CHECK(hello.address().data_port() == static_cast<uint32_t>(s.alluxio_port));
  CHECK(hello.node() == "node-1");
  REQUIRE(hello.tiers_size() == 2);
  CHECK(hello.tiers(0).capacity_bytes() == 1 << 20);
  CHECK(hello.tiers(0).used_bytes() == 100);
  CHECK(hello.tiers(1).capacity_bytes() > 1 << 20);
  CHECK(s.meta.latest().blocks == Blocks{"33554432 MEM", "33554433 SSD"});

  s.Cache("mem", 50331648);
  REQUIRE(s.Told({"33554432 MEM", "33554433 SSD", "50331648 MEM"}));
  // A move within a file system, and one between two.
  fs::rename(s.File("mem", 50331648), s.File("ssd", 50331648));
  REQUIRE(s.Told({"33554432 MEM", "33554433 SSD", "50331648 SSD"}));
  fs::copy_file(s.File("mem", 33554432), s.File("ssd", 33554432));
  fs::remove(s.File("mem", 33554432));
  REQUIRE(s.Told({"33554432 SSD", "33554433 SSD", "50331648 SSD"}));
  fs::remove(s.File("ssd", 33554433));
  REQUIRE(s.Told({"33554432 SSD", "50331648 SSD"}));
  CHECK(s.meta.latest().after_snapshot ==
        Texts{"+50331648 MEM", "+50331648 SSD", "-50331648 MEM", "+33554432 SSD", "-33554432 MEM", "-33554433 SSD"});
  CHECK(Eventually([&] {
    const auto usage = s.meta.latest().usage;
    return usage.size() == 2 && usage[0].used_bytes() == 0 && usage[1].used_bytes() == 200;
  }));
  CHECK(Eventually([&] { return s.meta.latest().beats_with_load > 0; }));
  CHECK(s.Page("/readyz") == "ok\n");
  CHECK(s.Metric("agent_blocks{tier=\"SSD\"} 2"));
  CHECK(s.Metric("used_bytes{tier=\"SSD\"} 200"));
  CHECK(s.Metric("agent_events_total{kind=\"arrived\"} 3"));
  CHECK(s.Metric("agent_folders_missing 0"));
  CHECK(s.Metric("agent_handover_seconds_count 3"));
  CHECK(s.Metric("reporting 1"));
  s.End();
}

TEST_CASE("a block is told within milliseconds", "[agent]") {
  Setting s;
  s.Start();
  s.Synced();
  std::vector<double> ms;
  for (uint64_t block = 1; block <= 100; ++block) {
    const std::string name = std::to_string(block) + " MEM";
    s.Cache("mem", block);
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(Eventually([&] { return s.meta.latest().blocks.count(name) == 1; }));
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(ms.begin(), ms.end());
  UNSCOPED_INFO("median " << ms[50] << " ms, p99 " << ms[98] << " ms");
  // Milliseconds where nothing else runs; the promise to a decision is a second.
  CHECK(ms[50] < 250);
  CHECK(ms[98] < 1000);
  s.End();
}

TEST_CASE("ten thousand blocks are there with the first snapshot", "[agent]") {
  Setting s;
  Blocks expected;
  for (uint64_t block = 0; block < 10'000; ++block) {
    const std::string tier = block % 2 == 0 ? "mem" : "ssd";
    s.folder.Write(tier + "/alluxioworker/" + std::to_string(block), "");
    expected.insert(std::to_string(block) + (block % 2 == 0 ? " MEM" : " SSD"));
  }
  s.Start();
  s.Synced();
  CHECK(s.meta.latest().blocks == expected);
  CHECK(s.meta.latest().after_snapshot.empty());
  s.End();
}

TEST_CASE("a flood of changes ends in the truth", "[agent]") {
  Setting s;
  s.Start({"report.max_queue=100"});
  s.Synced();
  std::vector<std::thread> writers;
  for (const char* tier : {"mem", "ssd"}) {
    writers.emplace_back([&s, tier] {
      for (uint64_t i = 0; i < 20'000; ++i) {
        const std::string file = s.File(tier, i % 500);
        i % 3 == 2 ? static_cast<void>(std::remove(file.c_str())) : static_cast<void>(std::ofstream(file) << i);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  Blocks truth;
  for (const auto& [tier, name] : {std::pair("mem", " MEM"), std::pair("ssd", " SSD")}) {
    for (const auto& entry : fs::directory_iterator(s.Path(std::string(tier) + "/alluxioworker"))) {
      if (entry.is_regular_file()) truth.insert(entry.path().filename().string() + name);
    }
  }
  CHECK(s.Told(truth));
  s.End();
}

TEST_CASE("a locus-meta that was away gets a new snapshot", "[agent]") {
  Setting s;
  s.Cache("mem", 1);
  s.Start();
  s.Synced();
  const int port = s.server->port();
  s.server->Stop();
  s.Cache("ssd", 2);
  fs::remove(s.File("mem", 1));
  s.StartMeta(port);
  s.Synced(2);
  CHECK(s.Told({"2 SSD"}));
  s.End();
}

TEST_CASE("an Alluxio worker that comes later, or is formatted, is followed", "[agent]") {
  Setting s;
  fs::remove_all(s.Path("mem"));
  s.Cache("ssd", 1);
  s.Start();
  s.Synced();
  CHECK(s.Page("/readyz") == "ok\n");
  CHECK(s.Metric("agent_folders_missing 1"));
  CHECK(s.process->Output().find("a tier folder is missing: waiting for it") != std::string::npos);
  CHECK(s.process->Output().find(s.Path("mem") + "' does not exist") != std::string::npos);
  fs::create_directories(s.Path("mem/alluxioworker"));
  s.Cache("mem", 2);
  CHECK(s.Told({"1 SSD", "2 MEM"}));
  CHECK(s.Metric("agent_folders_missing 0"));
  fs::remove_all(s.Path("ssd/alluxioworker"));
  CHECK(s.Told({"2 MEM"}));
  fs::create_directories(s.Path("ssd/alluxioworker"));
  s.Cache("ssd", 3);
  CHECK(s.Told({"2 MEM", "3 SSD"}));
  s.End();
}

TEST_CASE("whether the Alluxio worker takes connections is told when it changes", "[agent]") {
  Setting s;
  s.Start();
  s.Synced();
  const auto serving = [&] {
    const Texts all = s.meta.latest().serving;
    return all.empty() ? "" : all.back();
  };
  REQUIRE(Eventually([&] { return serving() == "yes"; }));
  CHECK(s.Metric("agent_serving 1"));
  s.alluxio.Close();
  REQUIRE(Eventually([&] { return serving() == "no"; }));
  CHECK(s.Metric("agent_serving 0"));
  s.alluxio.Open(s.alluxio_port);
  REQUIRE(Eventually([&] { return serving() == "yes"; }));
  s.End();
}

TEST_CASE("without a probe beats do not tell whether the Alluxio worker serves", "[agent]") {
  Setting s;
  s.Start({"agent.probe=0s"});
  s.Synced();
  REQUIRE(Eventually([&] { return s.meta.latest().beats > 3; }));
  CHECK(s.meta.latest().serving == Texts{"unknown"});
  CHECK(s.Page("/metrics").find("agent_serving") == std::string::npos);
  s.End();
}

TEST_CASE("who reads how much from the Alluxio worker is told", "[agent]") {
  Setting s;
  s.Start({"agent.traffic=50ms", "agent.probe=0s"});
  s.Synced();
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl((127u << 24) | (5u << 16) | 1u);
  REQUIRE(::bind(client, reinterpret_cast<sockaddr*>(&own), sizeof(own)) == 0);
  own.sin_port = htons(static_cast<uint16_t>(s.alluxio_port));
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(client, reinterpret_cast<sockaddr*>(&own), sizeof(own)) == 0);
  const int accepted = s.alluxio.Accept();
  const std::string text(12'345, 'x');
  REQUIRE(::send(accepted, text.data(), text.size(), 0) == 12'345);
  CHECK(Eventually([&] {
    const auto all = s.meta.latest().traffic;
    return !all.empty() && all.back() == Texts{"127.5.0.1 12345"};
  }));
  CHECK(s.Metric("traffic_clients 1"));
  CHECK(s.Metric("traffic_bytes 12345"));
  CHECK(s.Metric("traffic_failures_total 0"));
  ::close(client);
  ::close(accepted);
  s.End();
}

TEST_CASE("what an agent cannot start with is named", "[agent]") {
  Setting s;
  s.Start({"origin.folder=/data", "agent.tiers.2.tier=SSD", "agent.tiers.2.path=" + s.Path("ssd/")});
  CHECK(s.process->Wait() == 2);
  CHECK(s.process->Output().find("origin.folder: has no meaning in mode agent") != std::string::npos);
  CHECK(s.process->Output().find("agent.tiers.2.path: '" + s.Path("ssd/") + "' is given twice") != std::string::npos);
  s.Start({"admin.port=" + std::to_string(s.alluxio_port)});
  CHECK(s.process->Wait() == 1);
  CHECK(s.process->Output().find("admin: cannot listen on 127.0.0.1:" + std::to_string(s.alluxio_port)) !=
        std::string::npos);
}
