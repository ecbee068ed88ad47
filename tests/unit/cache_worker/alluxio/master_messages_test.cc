#include "cache_worker/alluxio/master_messages.h"

#include <catch2/catch.hpp>
#include <set>

using namespace locus::worker;

namespace {

const std::vector<TierUse> kUsage = {{Tier::kMem, 1000, 10}, {Tier::kSsd, 5000, 20}};

}  // namespace

TEST_CASE("an address has a tiered identity, without which Java clients throw", "[alluxio]") {
  const auto address = AddressMessage({"10.0.0.1", "10.1.0.5", 29999, 8921});
  CHECK(address.host() == "10.0.0.1");
  CHECK(address.container_host() == "10.1.0.5");
  CHECK(address.data_port() == 29999);
  CHECK(address.rpc_port() == 29999);
  CHECK(address.web_port() == 8921);
  REQUIRE(address.tiered_identity().tiers_size() == 2);
  CHECK(address.tiered_identity().tiers(0).tier_name() == "node");
  CHECK(address.tiered_identity().tiers(0).value() == "10.0.0.1");
  CHECK_FALSE(address.tiered_identity().tiers(1).has_value());
}

TEST_CASE("a registration without blocks is one message with every tier", "[alluxio]") {
  const auto messages = RegistrationMessages(5, kUsage, true, {});
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].worker_id() == 5);
  REQUIRE(messages[0].storage_tiers_size() == 2);
  CHECK(messages[0].storage_tiers(0) == "MEM");
  CHECK(messages[0].storage_tiers(1) == "SSD");
  CHECK(messages[0].total_bytes_on_tiers().at("MEM") == 1000);
  CHECK(messages[0].total_bytes_on_tiers().at("SSD") == 5000);
  CHECK(messages[0].used_bytes_on_tiers().at("SSD") == 20);
  CHECK(messages[0].current_blocks_size() == 0);
}

TEST_CASE("a worker that offers nothing has no capacity, and uses what it uses", "[alluxio]") {
  const auto registered = RegistrationMessages(5, kUsage, false, {})[0];
  CHECK(registered.total_bytes_on_tiers().at("MEM") == 0);
  CHECK(registered.total_bytes_on_tiers().at("SSD") == 0);
  CHECK(registered.used_bytes_on_tiers().at("MEM") == 10);
  const auto beat = HeartbeatMessage(5, kUsage, false, {});
  CHECK(beat.options().capacity_bytes_on_tiers().at("SSD") == 0);
  CHECK(HeartbeatMessage(5, kUsage, true, {}).options().capacity_bytes_on_tiers().at("SSD") == 5000);
}

TEST_CASE("many blocks go in several messages, of which only the first has tiers", "[alluxio]") {
  std::vector<LedgerBlock> blocks;
  for (AlluxioBlockId id = 0; id < 25; ++id) blocks.push_back({id, id % 3 == 0 ? Tier::kSsd : Tier::kMem, 1});
  const auto messages = RegistrationMessages(5, kUsage, true, blocks, 10);
  REQUIRE(messages.size() == 3);
  std::set<AlluxioBlockId> told;
  for (size_t i = 0; i < messages.size(); ++i) {
    CHECK(messages[i].worker_id() == 5);
    CHECK(messages[i].storage_tiers_size() == (i == 0 ? 2 : 0));
    std::set<std::string> tiers;
    for (const auto& entry : messages[i].current_blocks()) {
      // Each location once in a message, or the master refuses it.
      CHECK(tiers.insert(entry.key().tier_alias()).second);
      CHECK(entry.key().medium_type() == entry.key().tier_alias());
      for (const int64_t id : entry.value().block_id()) {
        CHECK(entry.key().tier_alias() == (id % 3 == 0 ? "SSD" : "MEM"));
        CHECK(told.insert(id).second);
      }
    }
  }
  CHECK(told.size() == 25);
}

TEST_CASE("a full last message is not followed by an empty one", "[alluxio]") {
  CHECK(RegistrationMessages(5, kUsage, true, {{1, Tier::kMem, 1}, {2, Tier::kMem, 1}}, 2).size() == 1);
}

TEST_CASE("a beat tells moves and ends, and both maps", "[alluxio]") {
  LedgerNews news;
  news.moved = {{7, Tier::kSsd, 100}, {8, Tier::kSsd, 100}};
  news.removed = {9};
  const auto beat = HeartbeatMessage(5, kUsage, true, news);
  CHECK(beat.worker_id() == 5);
  CHECK(beat.used_bytes_on_tiers().at("MEM") == 10);
  REQUIRE(beat.added_blocks_size() == 1);
  CHECK(beat.added_blocks(0).key().tier_alias() == "SSD");
  CHECK(beat.added_blocks(0).value().block_id_size() == 2);
  REQUIRE(beat.removed_block_ids_size() == 1);
  CHECK(beat.removed_block_ids(0) == 9);
}

TEST_CASE("a commit tells the block, its length and the use of its tier", "[alluxio]") {
  const auto commit = CommitMessage(5, kUsage, {16777216, Tier::kSsd, 77});
  CHECK(commit.worker_id() == 5);
  CHECK(commit.block_id() == 16777216);
  CHECK(commit.length() == 77);
  CHECK(commit.tier_alias() == "SSD");
  CHECK(commit.medium_type() == "SSD");
  CHECK(commit.used_bytes_on_tier() == 20);
}
