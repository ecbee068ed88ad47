#include "alluxio_meta/grpc/locality_codec.h"

#include <algorithm>

namespace locus::meta {
namespace {

v1::Tier EncodeTier(int tier) { return static_cast<v1::Tier>(tier + 1); }

void Encode(const HolderAddress& address, v1::HolderAddress* message) {
  message->set_host(address.host);
  message->set_container_host(address.container_host);
  message->set_data_port(address.data_port);
}

void Encode(const NodeLoad& load, v1::NodeLoad* message) {
  if (load.cpu) message->set_cpu(*load.cpu);
  if (load.cpu_pressure) message->set_cpu_pressure(*load.cpu_pressure);
  if (load.memory_pressure) message->set_memory_pressure(*load.memory_pressure);
  if (load.io_pressure) message->set_io_pressure(*load.io_pressure);
  if (load.disk) message->set_disk(*load.disk);
  if (load.network) message->set_network(*load.network);
  message->set_overall(load.overall);
}

uint64_t Milliseconds(Duration d) { return static_cast<uint64_t>(std::max<int64_t>(0, ToMillis(d).count())); }

v1::InputLocality::State EncodeState(InputState state) {
  switch (state) {
    case InputState::kKnown: return v1::InputLocality::KNOWN;
    case InputState::kUnknown: return v1::InputLocality::UNKNOWN;
    case InputState::kPending: return v1::InputLocality::PENDING;
    case InputState::kInvalid: return v1::InputLocality::INVALID;
  }
  return v1::InputLocality::STATE_UNSPECIFIED;
}

v1::Worker::State EncodeState(WorkerState state) {
  switch (state) {
    case WorkerState::kLive: return v1::Worker::LIVE;
    case WorkerState::kSyncing: return v1::Worker::SYNCING;
    case WorkerState::kLost: return v1::Worker::LOST;
  }
  return v1::Worker::STATE_UNSPECIFIED;
}

}  // namespace

void Encode(const Freshness& freshness, v1::Freshness* message) {
  message->set_run(freshness.run);
  message->set_epoch(freshness.epoch);
  message->set_age_ms(Milliseconds(freshness.age));
  message->set_stale(freshness.stale);
}

void Encode(const InputPicture& picture, v1::InputLocality* message) {
  message->set_input(picture.input);
  message->set_state(EncodeState(picture.state));
  message->set_problem(picture.problem);
  message->set_length_bytes(picture.length);
  message->set_files(picture.files);
  message->set_blocks(picture.blocks);
  message->set_cached_bytes(picture.cached);
  for (const HolderPicture& holder : picture.holders) {
    v1::HolderLocality* row = message->add_holders();
    Encode(holder.address, row->mutable_address());
    row->set_node(holder.node);
    for (int t = 0; t < kTiers; ++t) {
      if (holder.bytes[static_cast<size_t>(t)] == 0) continue;
      v1::TierBytes* tier = row->add_tiers();
      tier->set_tier(EncodeTier(t));
      tier->set_bytes(holder.bytes[static_cast<size_t>(t)]);
    }
  }
}

void Encode(const WorkerPicture& picture, v1::Worker* message) {
  const Worker& worker = picture.worker;
  Encode(worker.address, message->mutable_address());
  message->set_node(worker.node);
  message->set_state(EncodeState(worker.state()));
  message->set_last_heard_ms(Milliseconds(picture.silence));
  for (const TierUse& use : worker.tiers) {
    v1::TierUsage* tier = message->add_tiers();
    tier->set_tier(EncodeTier(static_cast<int>(use.tier)));
    tier->set_capacity_bytes(use.capacity);
    tier->set_used_bytes(use.used);
  }
  if (worker.load.has_value()) Encode(*worker.load, message->mutable_load());
  message->set_version(worker.version);
  message->set_blocks(picture.blocks);
  message->set_blocks_from(picture.reports ? v1::Worker::REPORT : v1::Worker::MASTER);
  message->set_matched_by(worker.naming.how);
  message->set_problem(picture.problem);
}

void Encode(const BlockPicture& picture, v1::Block* message) {
  message->set_path(picture.path);
  message->set_file_id(picture.file);
  message->set_index(picture.index);
  message->set_offset_bytes(picture.offset);
  message->set_length_bytes(picture.length);
  for (const BlockPicture::Holder& holder : picture.holders) {
    v1::BlockHolder* row = message->add_holders();
    Encode(holder.address, row->mutable_address());
    row->set_node(holder.node);
    row->set_tier(EncodeTier(static_cast<int>(holder.tier)));
  }
}

void Encode(const BlocksSample& sample, v1::SampleBlocksResponse* message) {
  Encode(sample.freshness, message->mutable_freshness());
  for (const SketchedBlock& block : sample.blocks) {
    v1::SampledBlock* to = message->add_blocks();
    to->set_length_bytes(block.bytes);
    to->mutable_nodes()->Assign(block.nodes.begin(), block.nodes.end());
  }
  for (const std::string& node : sample.nodes) message->add_nodes(node);
  message->set_cached_blocks(sample.cached_blocks);
}

}  // namespace locus::meta
