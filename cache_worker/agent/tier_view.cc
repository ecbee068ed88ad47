#include "cache_worker/agent/tier_view.h"

#include <algorithm>
#include <utility>

namespace locus::worker {
namespace {

// Alluxio moves a few blocks at a time. Beyond it a file counts while it is written: too early, not wrong for good.
constexpr size_t kMaxUnfinished = 65'536;

uint8_t BitOf(Tier tier) { return static_cast<uint8_t>(1U << static_cast<unsigned>(tier)); }

}  // namespace

TierView::TierView(std::vector<Tier> tiers, size_t max_blocks) : max_blocks_(max_blocks), folders_(tiers.size()) {
  for (size_t i = 0; i < tiers.size(); ++i) folders_[i].tier = tiers[i];
}

void TierView::Apply(const FileEvent& event) {
  Folder& folder = folders_[event.folder];
  switch (event.kind) {
    case FileEvent::Kind::kBegun:
      Remove(folder, event.block);
      if (folder.unfinished.size() < kMaxUnfinished) folder.unfinished.try_emplace(event.block);
      return;
    case FileEvent::Kind::kArrived:
      folder.unfinished.erase(event.block);
      Put(folder, event.block, event.bytes);
      return;
    case FileEvent::Kind::kGone:
      folder.unfinished.erase(event.block);
      Remove(folder, event.block);
      return;
  }
}

std::vector<uint64_t> TierView::Listed(size_t index, const std::vector<ListedBlock>& files) {
  Folder& folder = folders_[index];
  const absl::flat_hash_set<uint64_t> unfinished = StillUnfinished(folder, files);
  const size_t room = max_blocks_ - (files_ - folder.files.size());
  absl::flat_hash_map<uint64_t, uint64_t> now;
  now.reserve(std::min(files.size(), room));
  // Known ones first: at the limit, a listing must not exchange one block for another.
  for (const ListedBlock& file : files) {
    if (folder.files.contains(file.block)) now[file.block] = file.bytes;
  }
  std::vector<uint64_t> otherwise;
  for (const ListedBlock& file : files) {
    if (now.contains(file.block) || unfinished.contains(file.block)) continue;
    if (now.size() >= room) {
      ++over_limit_;
      continue;
    }
    otherwise.push_back(file.block);
    now[file.block] = file.bytes;
  }
  for (const auto& [block, bytes] : folder.files) {
    if (!now.contains(block)) otherwise.push_back(block);
  }
  for (const uint64_t block : otherwise) Touch(block);
  files_ += now.size() - folder.files.size();
  folder.files = std::move(now);
  folder.bytes = 0;
  for (const auto& [block, bytes] : folder.files) folder.bytes += bytes;
  return otherwise;
}

absl::flat_hash_set<uint64_t> TierView::StillUnfinished(Folder& folder, const std::vector<ListedBlock>& files) {
  absl::flat_hash_set<uint64_t> still;
  if (folder.unfinished.empty()) return still;
  absl::flat_hash_map<uint64_t, std::optional<uint64_t>> next;
  for (const ListedBlock& file : files) {
    const auto known = folder.unfinished.find(file.block);
    if (known == folder.unfinished.end() || known->second == file.bytes) continue;
    still.insert(file.block);
    next[file.block] = file.bytes;
  }
  folder.unfinished = std::move(next);
  return still;
}

void TierView::ForgetUnfinished(size_t folder) { folders_[folder].unfinished.clear(); }

void TierView::Flush(const std::function<void(const TierChange&)>& tell) {
  for (const auto& [block, told] : touched_) {
    const TierSet now = TiersOf(block);
    for (const bool added : {true, false}) {
      const TierSet changed = added ? now & ~told : told & ~now;
      for (const Tier tier : kAllTiers) {
        if ((changed & BitOf(tier)) == 0) continue;
        blocks_[static_cast<size_t>(tier)] += added ? 1 : -1;
        tell({block, tier, added});
      }
    }
  }
  // A first listing may have touched millions: their memory is not needed again.
  if (touched_.size() > kMaxUnfinished) {
    absl::flat_hash_map<uint64_t, TierSet>().swap(touched_);
  } else {
    touched_.clear();
  }
}

void TierView::ForEach(const std::function<void(uint64_t block, Tier tier)>& visit) const {
  for (size_t i = 0; i < folders_.size(); ++i) {
    const auto in_earlier_folder = [&](uint64_t block) {
      return std::any_of(folders_.begin(), folders_.begin() + static_cast<ptrdiff_t>(i), [&](const Folder& other) {
        return other.tier == folders_[i].tier && other.files.contains(block);
      });
    };
    for (const auto& [block, bytes] : folders_[i].files) {
      if (!in_earlier_folder(block)) visit(block, folders_[i].tier);
    }
  }
}

TierView::TierSet TierView::TiersOf(uint64_t block) const {
  TierSet tiers = 0;
  for (const Folder& folder : folders_) {
    if (folder.files.contains(block)) tiers |= BitOf(folder.tier);
  }
  return tiers;
}

void TierView::Put(Folder& folder, uint64_t block, uint64_t bytes) {
  const auto known = folder.files.find(block);
  if (known != folder.files.end()) {
    folder.bytes += bytes - known->second;
    known->second = bytes;
    return;
  }
  if (files_ >= max_blocks_) {
    ++over_limit_;
    return;
  }
  Touch(block);
  folder.files.emplace(block, bytes);
  folder.bytes += bytes;
  ++files_;
}

void TierView::Remove(Folder& folder, uint64_t block) {
  const auto known = folder.files.find(block);
  if (known == folder.files.end()) return;
  Touch(block);
  folder.bytes -= known->second;
  folder.files.erase(known);
  --files_;
}

}  // namespace locus::worker
