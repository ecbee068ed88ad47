#include "extender/locality/wire.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace locus;
using namespace locus::extender;

namespace {

void AddTier(v1::HolderLocality* holder, int tier, uint64_t bytes) {
  v1::TierBytes* to = holder->add_tiers();
  to->set_tier(static_cast<v1::Tier>(tier));
  to->set_bytes(bytes);
}

v1::Worker* AddWorker(v1::WorkerList& list, const std::string& node, v1::Worker::State state) {
  v1::Worker* worker = list.add_workers();
  worker->set_node(node);
  worker->set_state(state);
  return worker;
}

}  // namespace

TEST_CASE("an input and its holders arrive whole", "[wire]") {
  v1::InputLocality input;
  input.set_input("/x");
  input.set_state(v1::InputLocality::KNOWN);
  input.set_length_bytes(100);
  input.set_cached_bytes(60);
  input.set_files(2);
  input.set_blocks(3);
  v1::HolderLocality* holder = input.add_holders();
  holder->mutable_address()->set_host("h");
  holder->mutable_address()->set_data_port(29999);
  holder->set_node("n");
  AddTier(holder, v1::TIER_SSD, 40);
  AddTier(holder, v1::TIER_MEM, 20);
  const auto picture = FromWire(input);
  CHECK(picture->state == InputState::kKnown);
  CHECK(picture->length_bytes == 100);
  CHECK(picture->cached_bytes == 60);
  REQUIRE(picture->nodes.size() == 1);
  CHECK(picture->nodes[0].node == "n");
  CHECK(picture->nodes[0].bytes == TierBytes{20, 40, 0});

  // And back again without loss, but for the order of tiers.
  LocalityAnswer answer;
  answer.inputs = {picture};
  const v1::GetLocalityResponse back = ToWire(answer);
  REQUIRE(back.inputs_size() == 1);
  CHECK(back.inputs(0).holders(0).address().data_port() == 29999);
  CHECK(back.inputs(0).holders(0).tiers(0).tier() == v1::TIER_MEM);
  CHECK(back.inputs(0).holders(0).tiers_size() == 2);
  CHECK(back.inputs(0).blocks() == 3);
}

TEST_CASE("a tier that is not known counts as the slowest", "[wire]") {
  v1::InputLocality input;
  input.set_length_bytes(100);
  v1::HolderLocality* holder = input.add_holders();
  holder->set_node("n");
  AddTier(holder, 0, 1);
  AddTier(holder, 7, 2);
  AddTier(holder, v1::TIER_HDD, 4);
  CHECK(FromWire(input)->nodes[0].bytes == TierBytes{0, 0, 7});
}

TEST_CASE("every state of an input has its counterpart", "[wire]") {
  const auto state = [](v1::InputLocality::State wire) {
    v1::InputLocality input;
    input.set_state(wire);
    return FromWire(input)->state;
  };
  CHECK(state(v1::InputLocality::KNOWN) == InputState::kKnown);
  CHECK(state(v1::InputLocality::UNKNOWN) == InputState::kUnknown);
  CHECK(state(v1::InputLocality::INVALID) == InputState::kInvalid);
  CHECK(state(v1::InputLocality::PENDING) == InputState::kPending);
  CHECK(state(v1::InputLocality::STATE_UNSPECIFIED) == InputState::kPending);
  CHECK(state(static_cast<v1::InputLocality::State>(99)) == InputState::kPending);
}

TEST_CASE("loads come from living workers with a node and a number", "[wire]") {
  v1::WorkerList list;
  AddWorker(list, "live", v1::Worker::LIVE)->mutable_load()->set_overall(0.5);
  AddWorker(list, "syncing", v1::Worker::SYNCING)->mutable_load()->set_overall(0.25);
  AddWorker(list, "lost", v1::Worker::LOST)->mutable_load()->set_overall(0.5);
  AddWorker(list, "silent", v1::Worker::LIVE);
  AddWorker(list, "", v1::Worker::LIVE)->mutable_load()->set_overall(0.5);
  AddWorker(list, "nan", v1::Worker::LIVE)->mutable_load()->set_overall(std::numeric_limits<double>::quiet_NaN());
  AddWorker(list, "high", v1::Worker::LIVE)->mutable_load()->set_overall(1.5);
  AddWorker(list, "low", v1::Worker::LIVE)->mutable_load()->set_overall(-1);
  const auto loads = FromWire(list);
  CHECK(loads->size() == 4);
  CHECK(loads->Find("live") == 0.5);
  CHECK(loads->Find("syncing") == 0.25);
  CHECK(loads->Find("high") == 1.0);
  CHECK(loads->Find("low") == 0.0);
}

TEST_CASE("the age that is told is that of the news and of its source", "[wire]") {
  LocalityAnswer answer;
  answer.news.age = std::chrono::milliseconds(300);
  answer.news.source_age = std::chrono::milliseconds(1200);
  answer.news.stale = true;
  answer.news.epoch = 7;
  const v1::GetLocalityResponse response = ToWire(answer);
  CHECK(response.freshness().age_ms() == 1500);
  CHECK(response.freshness().stale());
  CHECK(response.freshness().epoch() == 7);
}

TEST_CASE("a sample of blocks arrives whole, without blocks that lie nowhere", "[wire]") {
  v1::SampleBlocksResponse wire;
  wire.add_nodes("n1");
  wire.add_nodes("n2");
  const auto add = [&wire](uint64_t bytes, const std::vector<uint32_t>& nodes) {
    wire.add_blocks()->set_length_bytes(bytes);
    for (const uint32_t node : nodes) wire.mutable_blocks(wire.blocks_size() - 1)->add_nodes(node);
  };
  add(10, {1});
  add(20, {});
  add(30, {0, 1});
  const BlockSample sample = FromWire(wire, 3).value();
  CHECK(sample.nodes == std::vector<std::string>{"n1", "n2"});
  CHECK(sample.holders == std::vector<uint32_t>{1, 0, 1});
  REQUIRE(sample.blocks.size() == 2);
  CHECK(sample.blocks[0].bytes == 10);
  CHECK(sample.blocks[0].count == 1);
  CHECK(sample.blocks[1].bytes == 30);
  CHECK(sample.blocks[1].first == 1);
  CHECK(sample.blocks[1].count == 2);
  CHECK(FromWire(v1::SampleBlocksResponse(), 1).value().blocks.empty());
  // What contradicts itself or the question.
  CHECK(FromWire(wire, 2).status().code() == absl::StatusCode::kInternal);
  v1::SampleBlocksResponse beyond = wire;
  beyond.add_blocks()->add_nodes(2);
  CHECK(FromWire(beyond, 10).status().code() == absl::StatusCode::kInternal);
  add(40, {1, 1});
  CHECK(FromWire(wire, 10).status().code() == absl::StatusCode::kInternal);
}
