#include "tests/sim/world.h"

#include <algorithm>
#include <map>
#include <random>

namespace locus::sim {
namespace {

using namespace extender;

std::shared_ptr<const BlockSample> SampleOf(const World& world, const std::vector<bool>& lost) {
  auto sample = std::make_shared<BlockSample>();
  for (const Node& node : world.nodes) sample->nodes.push_back(node.name);
  std::vector<const Block*> blocks;
  bool overlap = false;
  for (const Block& block : world.blocks) {
    const auto copies =
        std::count_if(block.copies.begin(), block.copies.end(), [&lost](const Copy& copy) { return !lost[copy.node]; });
    overlap = overlap || copies > 1;
    if (copies > 0) blocks.push_back(&block);
  }
  if (!overlap || world.sample_blocks == 0) return nullptr;
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937_64(world.seed));
  if (blocks.size() > world.sample_blocks) blocks.resize(world.sample_blocks);
  for (const Block* block : blocks) {
    BlockSample::Block entry{block->bytes, static_cast<uint32_t>(sample->holders.size()), 0};
    for (const Copy& copy : block->copies) {
      if (lost[copy.node]) continue;
      sample->holders.push_back(static_cast<uint32_t>(copy.node));
      ++entry.count;
    }
    sample->blocks.push_back(entry);
  }
  return sample;
}

}  // namespace

World ReadWorld(const nlohmann::json& json) {
  World world;
  world.seed = json.at("seed");
  for (const auto& n : json.at("nodes")) {
    world.nodes.push_back({n.at("name"), n.value("zone", ""), n.at("cpu_milli"), n.value("used_milli", int64_t{0}),
                           n.value("load", 0.0)});
  }
  for (const auto& b : json.at("blocks")) {
    Block block{b.at(0), {}};
    for (const auto& c : b.at(1)) block.copies.push_back({c.at(0), c.at(1)});
    world.blocks.push_back(std::move(block));
  }
  world.executors = json.at("executors");
  world.executor_milli = json.at("executor_milli");
  world.burst = json.at("burst");
  world.watch_lag = json.at("watch_lag");
  world.pack = json.value("pack", false);
  world.sample_blocks = json.value("sample_blocks", size_t{4096});
  for (const auto& l : json.value("losses", nlohmann::json::array())) world.losses.push_back({l.at(0), l.at(1)});
  return world;
}

WorldLocality::WorldLocality(const World& world, const std::vector<bool>& lost) : sample_(SampleOf(world, lost)) {
  auto picture = std::make_shared<InputPicture>();
  picture->input = kInput;
  picture->state = InputState::kKnown;
  std::map<size_t, TierBytes> held;
  for (const Block& block : world.blocks) {
    picture->length_bytes += block.bytes;
    bool cached = false;
    for (const Copy& copy : block.copies) {
      if (lost[copy.node]) continue;
      held[copy.node][copy.tier] += block.bytes;
      cached = true;
    }
    if (cached) picture->cached_bytes += block.bytes;
  }
  picture->blocks = world.blocks.size();
  for (const auto& [node, bytes] : held) {
    picture->holders.push_back({"worker-" + world.nodes[node].name, "", 29999, world.nodes[node].name, bytes});
  }
  IndexNodes(*picture);
  picture_ = std::move(picture);
  std::vector<std::pair<std::string, double>> loads;
  for (const Node& node : world.nodes) loads.emplace_back(node.name, node.load);
  loads_ = std::make_shared<const NodeLoads>(std::move(loads));
}

LocalityAnswer WorldLocality::Look(const std::vector<std::string>& inputs, Duration) {
  LocalityAnswer answer;
  answer.news = News();
  answer.loads = loads_;
  answer.inputs.assign(inputs.size(), picture_);
  answer.samples.assign(inputs.size(), sample_);
  return answer;
}

}  // namespace locus::sim
