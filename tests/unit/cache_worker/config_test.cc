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
