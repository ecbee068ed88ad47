#include "cache_worker/store_config.h"

#include <catch2/catch.hpp>

#include "cache_worker/config.h"
#include "common/config.h"
#include "common/status.h"

using namespace locus;

namespace {

config::v1::Worker Parse(const std::string& store) {
  config::v1::Worker config = worker::DefaultConfig();
  const std::string yaml =
      "origin: {folder: /data}\nstore: {tiers: [{tier: SSD, path: /ssd, quota: 10GiB}]" + store + "}\n";
  const absl::Status status = ParseConfig(yaml, {}, &config);
  INFO(MessageOf(status));
  REQUIRE(status.ok());
  return config;
}

}  // namespace

TEST_CASE("the store gets the settings of moves, free space and pins", "[config]") {
  const auto config = Parse(
      ", promote_after: 3, demote: false, high_watermark: 0.8, low_watermark: 0.7, keep_free: 1GiB, folder_retry: 3s, "
      "max_pinned: 2GiB");
  CHECK(worker::CheckConfig(config).ok());
  const auto options = worker::StoreOptions(config);
  CHECK(options.tiers.promote_after == 3);
  CHECK_FALSE(options.tiers.demote);
  CHECK(options.tiers.high_watermark == Approx(0.8));
  CHECK(options.tiers.low_watermark == Approx(0.7));
  CHECK(options.keep_free == 1ULL << 30);
  CHECK(options.folder_retry == std::chrono::seconds(3));
  CHECK(options.max_pinned == 2ULL << 30);
  CHECK_FALSE(options.any_block_size);
}

TEST_CASE("the shipped settings move blocks, keep some room, and pin nothing", "[config]") {
  const auto options = worker::StoreOptions(Parse(""));
  CHECK(options.tiers.promote_after == 2);
  CHECK(options.tiers.demote);
  CHECK(options.tiers.high_watermark == Approx(0.97));
  CHECK(options.tiers.low_watermark == Approx(0.95));
  CHECK(options.keep_free == 256ULL << 20);
  CHECK(options.folder_retry == std::chrono::seconds(10));
  CHECK(options.max_pinned == 0);
}

TEST_CASE("settings that cannot be meant are named", "[config]") {
  CHECK(MessageOf(worker::CheckConfig(Parse(", high_watermark: 0.5, low_watermark: 0.6, max_pinned: 11GiB"))) ==
        "store.low_watermark: is above store.high_watermark: set both, the lower one not above the other\n"
        "store.max_pinned: is more than all of store.tiers hold, which is 10 GiB");
  CHECK(worker::CheckConfig(Parse(", high_watermark: 0.5, low_watermark: 0.5, max_pinned: 10GiB")).ok());
}
