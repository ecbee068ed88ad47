#include "cache_worker/report/messages.h"

#include <catch2/catch.hpp>
#include <set>

using namespace locus;
using namespace locus::worker;

namespace {

std::shared_ptr<const FileFacts> File(uint64_t id, const std::string& path) {
  return std::make_shared<const FileFacts>(FileFacts{id, path, 1000, 10, 77});
}

}  // namespace

TEST_CASE("a file's facts are told once on a stream, with or before its first block", "[report]") {
  ChangeEncoder encoder;
  const auto file = File(5, "/a");
  const auto first = encoder.Encode({{file, 0, Tier::kMem, true}, {file, 1, Tier::kSsd, true}});
  REQUIRE(first.size() == 1);
  REQUIRE(first[0].changes().files_size() == 1);
  const v1::FileFact& fact = first[0].changes().files(0);
  CHECK(fact.file_id() == 5);
  CHECK(fact.path() == "/a");
  CHECK(fact.length_bytes() == 1000);
  CHECK(fact.block_bytes() == 10);
  CHECK(fact.modified_ns() == 77);
  REQUIRE(first[0].changes().blocks_size() == 2);
  CHECK(first[0].changes().blocks(1).tier() == v1::TIER_SSD);
  CHECK(first[0].changes().blocks(1).kind() == v1::BlockChange::ADDED);
  const auto second = encoder.Encode({{file, 0, Tier::kMem, false}});
  REQUIRE(second.size() == 1);
  CHECK(second[0].changes().files_size() == 0);
  CHECK(second[0].changes().blocks(0).kind() == v1::BlockChange::REMOVED);
  CHECK(encoder.Encode({}).empty());
}

TEST_CASE("a block without file facts is told by its ids alone", "[report]") {
  ChangeEncoder encoder;
  const auto messages = encoder.Encode({{nullptr, 7, Tier::kSsd, true, 41}, {nullptr, 7, Tier::kMem, false, 41}});
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].changes().files_size() == 0);
  REQUIRE(messages[0].changes().blocks_size() == 2);
  CHECK(messages[0].changes().blocks(0).file_id() == 41);
  CHECK(messages[0].changes().blocks(0).index() == 7);
  CHECK(messages[0].changes().blocks(1).file_id() == 41);
  CHECK(messages[0].changes().blocks(1).kind() == v1::BlockChange::REMOVED);
}

TEST_CASE("no message has more entries than the contract allows", "[report]") {
  std::vector<BlockEvent> events;
  for (uint32_t i = 0; i < 10'000; ++i) events.push_back({File(i, "/" + std::to_string(i)), 0, Tier::kMem, true});
  ChangeEncoder encoder;
  std::set<uint64_t> told;
  uint64_t blocks = 0;
  for (const auto& message : encoder.Encode(events)) {
    const v1::Changes& changes = message.changes();
    CHECK(changes.files_size() + changes.blocks_size() <= 4096);
    for (const auto& file : changes.files()) CHECK(told.insert(file.file_id()).second);
    for (const auto& block : changes.blocks()) {
      if (told.count(block.file_id()) == 0) FAIL("a block before its file");
      CHECK(block.file_id() == blocks++);
    }
  }
  CHECK(blocks == 10'000);
}

TEST_CASE("long paths make smaller messages", "[report]") {
  std::vector<BlockEvent> events;
  for (uint32_t i = 0; i < 2000; ++i) {
    events.push_back({File(i, "/" + std::string(4000, 'x') + std::to_string(i)), 0, Tier::kMem, true});
  }
  ChangeEncoder encoder;
  int files = 0;
  for (const auto& message : encoder.Encode(events)) {
    CHECK(message.ByteSizeLong() < 2 << 20);
    files += message.changes().files_size();
  }
  CHECK(files == 2000);
}

TEST_CASE("a beat carries load, use of the tiers and the probe; what is unknown is left out", "[report]") {
  LoadTerms terms;
  terms.cpu = 0.25;
  terms.io_pressure = 0.9;
  const auto beat =
      BeatMessage(terms, {{Tier::kHdd, 100, 7}}, true, WallTime(std::chrono::milliseconds(1'767'225'600'123))).beat();
  CHECK(beat.load().cpu() == 0.25);
  CHECK(beat.load().io_pressure() == 0.9);
  CHECK_FALSE(beat.load().has_network());
  CHECK(beat.load().overall() == Approx(0.45));
  REQUIRE(beat.tiers_size() == 1);
  CHECK(beat.tiers(0).tier() == v1::TIER_HDD);
  CHECK(beat.tiers(0).capacity_bytes() == 100);
  CHECK(beat.tiers(0).used_bytes() == 7);
  CHECK(beat.serving());
  CHECK(beat.wall_time_ms() == 1'767'225'600'123);
  CHECK_FALSE(BeatMessage(std::nullopt, {}, std::nullopt, {}).beat().has_load());
  CHECK_FALSE(BeatMessage(std::nullopt, {}, std::nullopt, {}).beat().has_serving());
  CHECK(BeatMessage(std::nullopt, {}, false, {}).beat().has_serving());
}

TEST_CASE("the tiers have the numbers of the wire", "[report]") {
  CHECK(ToWire(Tier::kMem) == v1::TIER_MEM);
  CHECK(ToWire(Tier::kSsd) == v1::TIER_SSD);
  CHECK(ToWire(Tier::kHdd) == v1::TIER_HDD);
}
