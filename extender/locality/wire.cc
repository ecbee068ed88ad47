#include "extender/locality/wire.h"

#include <algorithm>
#include <cmath>

#include "common/status.h"

namespace locus::extender {
namespace {

InputState FromWire(v1::InputLocality::State state) {
  switch (state) {
    case v1::InputLocality::KNOWN: return InputState::kKnown;
    case v1::InputLocality::UNKNOWN: return InputState::kUnknown;
    case v1::InputLocality::INVALID: return InputState::kInvalid;
    default: return InputState::kPending;
  }
}

v1::InputLocality::State ToWire(InputState state) {
  switch (state) {
    case InputState::kKnown: return v1::InputLocality::KNOWN;
    case InputState::kUnknown: return v1::InputLocality::UNKNOWN;
    case InputState::kInvalid: return v1::InputLocality::INVALID;
    case InputState::kPending:
    case InputState::kOverLimit: break;
  }
  return v1::InputLocality::PENDING;
}

Holder FromWire(const v1::HolderLocality& wire) {
  Holder holder;
  holder.host = wire.address().host();
  holder.container_host = wire.address().container_host();
  holder.data_port = wire.address().data_port();
  holder.node = wire.node();
  for (const v1::TierBytes& tier : wire.tiers()) {
    // A tier that this version does not know counts as the slowest: never better than it is.
    const size_t last = kTiers - 1;
    const size_t index = tier.tier() == v1::TIER_UNSPECIFIED ? last : std::min<size_t>(tier.tier() - 1, last);
    holder.bytes[index] = AddSaturating(holder.bytes[index], tier.bytes());
  }
  return holder;
}

void ToWire(const InputPicture& picture, v1::InputLocality* wire) {
  wire->set_input(picture.input);
  wire->set_state(ToWire(picture.state));
  wire->set_problem(picture.problem);
  wire->set_length_bytes(picture.length_bytes);
  wire->set_cached_bytes(picture.cached_bytes);
  wire->set_files(picture.files);
  wire->set_blocks(picture.blocks);
  for (const Holder& holder : picture.holders) {
    v1::HolderLocality* to = wire->add_holders();
    to->mutable_address()->set_host(holder.host);
    to->mutable_address()->set_container_host(holder.container_host);
    to->mutable_address()->set_data_port(holder.data_port);
    to->set_node(holder.node);
    for (size_t tier = 0; tier < kTiers; ++tier) {
      if (holder.bytes[tier] == 0) continue;
      v1::TierBytes* bytes = to->add_tiers();
      bytes->set_tier(static_cast<v1::Tier>(tier + 1));
      bytes->set_bytes(holder.bytes[tier]);
    }
  }
}

}  // namespace

std::shared_ptr<const InputPicture> FromWire(const v1::InputLocality& wire) {
  auto picture = std::make_shared<InputPicture>();
  picture->input = wire.input();
  picture->state = FromWire(wire.state());
  picture->problem = wire.problem();
  picture->length_bytes = wire.length_bytes();
  picture->cached_bytes = wire.cached_bytes();
  picture->files = wire.files();
  picture->blocks = wire.blocks();
  picture->holders.reserve(static_cast<size_t>(wire.holders_size()));
  for (const v1::HolderLocality& holder : wire.holders()) picture->holders.push_back(FromWire(holder));
  IndexNodes(*picture);
  return picture;
}

std::shared_ptr<const NodeLoads> FromWire(const v1::WorkerList& workers) {
  std::vector<std::pair<std::string, double>> loads;
  for (const v1::Worker& worker : workers.workers()) {
    const bool alive = worker.state() == v1::Worker::LIVE || worker.state() == v1::Worker::SYNCING;
    if (!alive || worker.node().empty() || !worker.has_load() || std::isnan(worker.load().overall())) continue;
    loads.emplace_back(worker.node(), std::clamp(worker.load().overall(), 0.0, 1.0));
  }
  return std::make_shared<const NodeLoads>(std::move(loads));
}

absl::StatusOr<BlockSample> FromWire(const v1::SampleBlocksResponse& wire, uint32_t max_blocks) {
  if (wire.blocks_size() > static_cast<int64_t>(max_blocks)) {
    return Internal("a sample of " + std::to_string(wire.blocks_size()) + " blocks where " +
                    std::to_string(max_blocks) + " were asked for");
  }
  BlockSample sample;
  sample.nodes.assign(wire.nodes().begin(), wire.nodes().end());
  sample.blocks.reserve(static_cast<size_t>(wire.blocks_size()));
  for (const v1::SampledBlock& block : wire.blocks()) {
    if (block.nodes_size() == 0) continue;
    const auto first = static_cast<uint32_t>(sample.holders.size());
    for (const uint32_t node : block.nodes()) {
      if (node >= sample.nodes.size()) return Internal("a sampled block on a node that is not listed");
      if (sample.holders.size() > first && sample.holders.back() >= node) {
        return Internal("a sampled block whose nodes are not in order");
      }
      sample.holders.push_back(node);
    }
    sample.blocks.push_back({block.length_bytes(), first, static_cast<uint32_t>(block.nodes_size())});
  }
  return sample;
}

v1::GetLocalityResponse ToWire(const LocalityAnswer& answer) {
  v1::GetLocalityResponse response;
  v1::Freshness* freshness = response.mutable_freshness();
  freshness->set_run(answer.news.run);
  freshness->set_epoch(answer.news.epoch);
  freshness->set_age_ms(static_cast<uint64_t>(ToMillis(answer.news.age + answer.news.source_age).count()));
  freshness->set_stale(answer.news.stale);
  for (const auto& picture : answer.inputs) ToWire(*picture, response.add_inputs());
  return response;
}

}  // namespace locus::extender
