#include "cache_worker/config.h"

#include <catch2/catch.hpp>

#include "common/config.h"
#include "common/status.h"

using namespace locus;

namespace {

config::v1::Worker Parse(const std::string& yaml) {
  config::v1::Worker config = worker::DefaultConfig();
  const absl::Status status = ParseConfig(yaml, {}, &config);
  INFO(MessageOf(status));
  REQUIRE(status.ok());
  return config;
}

constexpr const char* kGood = R"(
origin: {folder: /data}
store:
  block_size: 1MiB
  sync: true
  tiers:
    - {tier: MEM, path: /dev/shm/locus/, quota: 1GiB}
    - {tier: SSD, path: /var/lib/locus, quota: 10GiB}
)";

}  // namespace

TEST_CASE("the parts get what the file says", "[config]") {
  const auto config = Parse(kGood);
  CHECK(worker::CheckConfig(config).ok());
  const auto store = worker::StoreOptions(config);
  REQUIRE(store.folders.size() == 2);
  CHECK(store.folders[0].tier == worker::Tier::kMem);
  CHECK(store.folders[0].path == "/dev/shm/locus");
  CHECK(store.folders[1].quota_bytes == 10ULL << 30);
  CHECK(store.block_bytes == 1 << 20);
  CHECK(store.sync);
  CHECK(worker::DataServerOptions(config).port == 8920);
  CHECK(worker::AdminServerOptions(config).port == 8921);
  CHECK(worker::AnnouncedHost(config) == "127.0.0.1");
}

TEST_CASE("all problems between fields are named at once", "[config]") {
  const auto config = Parse(R"(
listen: {address: 0.0.0.0}
origin: {folder: /data/}
store:
  tiers:
    - {tier: HDD, path: /data/cache, quota: 1GiB}
    - {tier: SSD, path: /ssd, quota: 1GiB}
    - {tier: SSD, path: /ssd/./more/.., quota: 1GiB}
)");
  CHECK(MessageOf(worker::CheckConfig(config)) ==
        "store.tiers.0.path: '/data/cache' and origin.folder '/data/' must not lie within each other\n"
        "store.tiers.1.tier: 'SSD' is faster than the tier before it: list the fastest first\n"
        "store.tiers.2.path: '/ssd/./more/..' and store.tiers.1.path '/ssd' must not lie within each other\n"
        "announce_host: nobody can reach '0.0.0.0': set the host under which readers reach this worker");
}

TEST_CASE("two folders of one tier beside each other are fine", "[config]") {
  const auto config = Parse(R"(
listen: {address: 0.0.0.0}
announce_host: node-1
origin: {folder: /data}
store:
  tiers:
    - {tier: SSD, path: /ssd1, quota: 1GiB}
    - {tier: SSD, path: /ssd10, quota: 1GiB}
)");
  CHECK(worker::CheckConfig(config).ok());
  CHECK(worker::AnnouncedHost(config) == "node-1");
}

namespace {

constexpr const char* kAgent = R"(
mode: agent
listen: {address: 10.0.0.7}
agent:
  data_port: 1234
  tiers:
    - {tier: SSD, path: /mnt/ssd/, quota: 10GiB}
    - {tier: MEM, path: /mnt/ramdisk}
)";

}  // namespace

TEST_CASE("an agent gets the folders that hold the block files, in any order of tiers", "[config]") {
  const auto config = Parse(kAgent);
  CHECK(worker::CheckConfig(config).ok());
  CHECK(worker::IsAgent(config));
  const auto folders = worker::AgentFolders(config);
  REQUIRE(folders.size() == 2);
  CHECK(folders[0].tier == worker::Tier::kSsd);
  CHECK(folders[0].path == "/mnt/ssd/alluxioworker");
  CHECK(folders[0].quota_bytes == 10ULL << 30);
  CHECK(folders[1].path == "/mnt/ramdisk/alluxioworker");
  CHECK(folders[1].quota_bytes == 0);
}

TEST_CASE("the address is the Alluxio worker's: host, else announce_host, else listen.address", "[config]") {
  auto config = Parse(kAgent);
  CHECK(worker::AlluxioAddress(config).host() == "10.0.0.7");
  CHECK(worker::AlluxioAddress(config).data_port() == 1234);
  CHECK(worker::ProbedHost(config) == "10.0.0.7");
  config.set_announce_host("node-1");
  CHECK(worker::AlluxioAddress(config).host() == "node-1");
  config.mutable_agent()->set_host("worker-1");
  CHECK(worker::AlluxioAddress(config).host() == "worker-1");
  CHECK(worker::AnnouncedHost(config) == "worker-1");
  config.mutable_agent()->set_container_host("10.244.0.3");
  CHECK(worker::AlluxioAddress(config).container_host() == "10.244.0.3");
  CHECK(worker::ProbedHost(config) == "10.244.0.3");
  // The host is of mode agent alone.
  config.set_mode("store");
  CHECK(worker::AnnouncedHost(config) == "node-1");
}

TEST_CASE("all problems of an agent are named at once", "[config]") {
  const auto config = Parse(R"(
mode: agent
listen: {address: 0.0.0.0, port_file: /run/port}
origin: {folder: /data}
store:
  block_size: 1MiB
  tiers: [{tier: SSD, path: /ssd, quota: 1GiB}]
agent:
  data_folder: a/b
  probe: 1ms
  tiers:
    - {tier: MEM, path: /mnt/ramdisk}
    - {tier: SSD, path: ssd}
    - {tier: SSD, path: /mnt/./ramdisk/}
    - {tier: HDD, path: /mnt/ramdisk/a/b}
)");
  CHECK(MessageOf(worker::CheckConfig(config)) ==
        "agent.data_folder: 'a/b' must be the name of one folder, without '/'\n"
        "agent.tiers.1.path: 'ssd' must begin with '/'\n"
        "agent.tiers.2.path: '/mnt/./ramdisk/' is given twice, see agent.tiers.0.path\n"
        "agent.tiers.3.path: '/mnt/ramdisk/a/b' and agent.tiers.0.path '/mnt/ramdisk' must not have their 'a/b' within "
        "each other\n"
        "agent.tiers.3.path: '/mnt/ramdisk/a/b' and agent.tiers.2.path '/mnt/./ramdisk/' must not have their 'a/b' "
        "within each other\n"
        "agent.probe: is more often than any Alluxio worker should be asked: at least 10ms, or 0s for never\n"
        "listen.port_file: has no meaning in mode agent, which opens no gRPC port: remove it\n"
        "origin.folder: has no meaning in mode agent: remove it\n"
        "store.block_size: has no meaning in mode agent: remove it\n"
        "store.tiers: has no meaning in mode agent: remove it\n"
        "announce_host: nobody can reach '0.0.0.0': set the host under which readers reach this worker");
}

TEST_CASE("each mode asks for its own and refuses the other's", "[config]") {
  CHECK(MessageOf(worker::CheckConfig(Parse("{}"))) ==
        "origin.folder: is required, or origin.mounts\n"
        "store.tiers: is required, with one folder at least");
  CHECK(MessageOf(worker::CheckConfig(Parse("mode: agent"))) ==
        "agent.tiers: is required, with every folder of the Alluxio worker");
  CHECK(MessageOf(worker::CheckConfig(Parse(std::string(kGood) + "agent: {host: a, probe: 2s}"))) ==
        "agent.host: has no meaning in mode store: remove it\n"
        "agent.probe: has no meaning in mode store: remove it");
  // A value that is the default says nothing wrong.
  CHECK(worker::CheckConfig(Parse(std::string(kGood) + "agent: {probe: 1s}")).ok());
  CHECK(MessageOf(worker::CheckConfig(Parse(std::string(kAgent) + "  host: 0.0.0.0"))) ==
        "agent.host: nobody can reach '0.0.0.0': set the host under which readers reach this worker");
}

TEST_CASE("what is reported to is a list of targets, with hosts and ports where each address counts", "[config]") {
  const auto problems = [](const std::string& report) {
    return MessageOf(worker::CheckConfig(Parse(std::string(kGood) + "report: {" + report + "}")));
  };
  CHECK(problems("target: 'a:1, b:2,c:3'").empty());
  CHECK(problems("target: 'unix:/run/meta, dns:///b:2'").empty());
  CHECK(problems("target: 'a:1,[fd00::1]:2', every_address: true, lookup: 1s").empty());
  CHECK(
      problems("target: 'a:1,dns:///b:2,c', every_address: true") ==
      "report.target: report.every_address needs hosts with ports: 'dns:///b:2' has more than one colon: write it as "
      "host:port, for example server-0:8910 or [fd00::1]:8910\n"
      "report.target: report.every_address needs hosts with ports: 'c' has no port: write it as host:port, for example "
      "server-0:8910 or [fd00::1]:8910");
  std::string many = "a:1";
  for (int i = 2; i <= 17; ++i) many += ",a:" + std::to_string(i);
  CHECK(problems("target: '" + many + "'") == "report.target: names 17 targets; at most 16 are reported to");
}
