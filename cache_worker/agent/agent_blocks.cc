#include "cache_worker/agent/agent_blocks.h"

#include "cache_worker/agent/block_name.h"

namespace locus::worker {
namespace {

std::vector<Tier> TiersOf(const std::vector<AgentFolder>& folders) {
  std::vector<Tier> tiers;
  for (const AgentFolder& folder : folders) tiers.push_back(folder.tier);
  return tiers;
}

BlockEvent EventOf(uint64_t block, Tier tier, bool added) {
  return {nullptr, SequenceOf(block), tier, added, ContainerOf(block)};
}

}  // namespace

AgentBlocks::AgentBlocks(const std::vector<AgentFolder>& folders, size_t max_blocks, ReportNews& news)
    : news_(news), folders_(folders), view_(TiersOf(folders), max_blocks) {
  for (const AgentFolder& folder : folders) capacity_.push_back(folder.quota_bytes);
}

void AgentBlocks::Update(const std::function<void(TierView&)>& change) {
  MutexLock lock(mutex_);
  change(view_);
  view_.Flush([this](const TierChange& c) { news_.Push(EventOf(c.block, c.tier, c.added)); });
}

void AgentBlocks::SetFileSystemSize(size_t folder, uint64_t bytes) {
  MutexLock lock(mutex_);
  if (folders_[folder].quota_bytes == 0) capacity_[folder] = bytes;
}

std::vector<BlockEvent> AgentBlocks::Snapshot(const std::function<void()>& at_that_moment) {
  MutexLock lock(mutex_);
  std::vector<BlockEvent> events;
  for (const Tier tier : kAllTiers) events.reserve(events.capacity() + view_.blocks(tier));
  view_.ForEach([&events](uint64_t block, Tier tier) { events.push_back(EventOf(block, tier, true)); });
  at_that_moment();
  return events;
}

std::vector<TierUse> AgentBlocks::Usage() {
  MutexLock lock(mutex_);
  std::vector<TierUse> usage;
  for (const Tier tier : kAllTiers) {
    TierUse use{tier, 0, 0};
    bool here = false;
    for (size_t i = 0; i < folders_.size(); ++i) {
      if (folders_[i].tier != tier) continue;
      here = true;
      use.capacity_bytes += capacity_[i];
      use.used_bytes += view_.bytes(i);
    }
    if (here) usage.push_back(use);
  }
  return usage;
}

uint64_t AgentBlocks::blocks(Tier tier) {
  MutexLock lock(mutex_);
  return view_.blocks(tier);
}

uint64_t AgentBlocks::over_limit() {
  MutexLock lock(mutex_);
  return view_.over_limit();
}

}  // namespace locus::worker
