#include "cache_worker/alluxio_config.h"

#include <catch2/catch.hpp>

#include "cache_worker/config.h"
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

constexpr const char* kMember = R"(
mode: alluxio
announce_host: 10.0.0.7
origin: {folder: /data}
store: {tiers: [{tier: MEM, path: /dev/shm/locus, quota: 1GiB}]}
)";

}  // namespace

TEST_CASE("the parts of a worker of Alluxio get what the file says", "[config]") {
  const auto config = Parse(std::string(kMember) + R"(
alluxio:
  listen: {address: 0.0.0.0, port: 29998}
  max_streams: 7
  window: 1MiB
  masters: ["m-0:19998", "[::1]:19998"]
  user: boss
  heartbeat: 2s
  offer: all
  container_host: 10.244.0.3
)");
  CHECK(MessageOf(worker::CheckConfig(config)) == "");
  CHECK(worker::IsAlluxioWorker(config));
  CHECK(worker::ServesAlluxio(config));
  const auto server = worker::AlluxioOptions(config);
  CHECK(server.address == "0.0.0.0");
  CHECK(server.port == 29998);
  CHECK(server.max_streams == 7);
  CHECK(server.window == 1 << 20);
  const auto link = worker::LinkOptions(config, worker::AnnouncedHost(config), 1, 2, 3);
  REQUIRE(link.masters.size() == 2);
  CHECK(link.masters[0].Text() == "m-0:19998");
  CHECK(link.masters[1].Text() == "[::1]:19998");
  CHECK(link.user == "boss");
  CHECK(link.heartbeat == std::chrono::seconds(2));
  CHECK(link.offer);
  CHECK(link.place.host == "10.0.0.7");
  CHECK(link.place.container_host == "10.244.0.3");
  CHECK(link.place.data_port == 1);
  CHECK(link.place.web_port == 2);
}

TEST_CASE("a worker of Alluxio needs masters, tiers and an under-store", "[config]") {
  CHECK(MessageOf(worker::CheckConfig(Parse(kMember))) == "alluxio.masters: is empty: name at least one host:port");
  const std::string text =
      MessageOf(worker::CheckConfig(Parse("mode: alluxio\nlisten: {port_file: /run/p}\n"
                                          "alluxio: {masters: [m-0]}\nagent: {host: a}")));
  for (const char* problem : {"origin.folder: ", "store.tiers: ", "alluxio.masters: [0]: 'm-0' has no port",
                              "listen.port_file: ", "agent.host: has no meaning in mode alluxio"}) {
    INFO(text);
    CHECK(text.find(problem) != std::string::npos);
  }
}

TEST_CASE("beside Locus alone Alluxio's port is off unless it is switched on, and has no master", "[config]") {
  const std::string store = "origin: {folder: /data}\nstore: {tiers: [{tier: MEM, path: /m, quota: 1GiB}]}\n";
  CHECK_FALSE(worker::ServesAlluxio(Parse(store)));
  const auto on = Parse(store + "alluxio: {enabled: true, listen: {address: 10.0.0.9}}");
  CHECK(worker::ServesAlluxio(on));
  CHECK(worker::CheckConfig(on).ok());
  // Readers are told of the port that they can use.
  CHECK(worker::AnnouncedHost(on) == "10.0.0.9");
  CHECK(MessageOf(worker::CheckConfig(Parse(store + "alluxio: {masters: ['m-0:19998']}"))) ==
        "alluxio.masters: has no meaning in mode store: remove it, or set mode: alluxio");
}

TEST_CASE("an agent has nothing of Alluxio's protocol", "[config]") {
  const std::string agent = "mode: agent\nagent: {tiers: [{tier: MEM, path: /m}]}\n";
  CHECK(worker::CheckConfig(Parse(agent)).ok());
  CHECK_FALSE(worker::ServesAlluxio(Parse(agent + "alluxio: {enabled: true}")));
  CHECK(MessageOf(worker::CheckConfig(Parse(agent + "alluxio: {enabled: true}"))) ==
        "alluxio: has no meaning in mode agent: remove it");
}

TEST_CASE("a mount's place in Alluxio follows from where it is, unless it is told", "[config]") {
  const auto config = Parse(R"(
mode: alluxio
origin:
  mounts:
    - {path: /a, folder: /lake}
    - {path: /b, s3: {bucket: bucket, prefix: data/}}
    - {path: /c, http: {url: "http://host/files"}}
    - {path: /d, folder: /mnt/hdfs, ufs_uri: "hdfs://name:8020/x"}
)");
  const worker::UfsMap map(worker::UfsMounts(config));
  CHECK(map.PathOf("/lake/f") == "/a/f");
  CHECK(map.PathOf("s3a://bucket/data/f") == "/b/f");
  CHECK(map.PathOf("http://host/files/f") == "/c/f");
  CHECK(map.PathOf("hdfs://name:8020/x/f") == "/d/f");
  CHECK_FALSE(map.PathOf("/mnt/hdfs/f").has_value());
}
