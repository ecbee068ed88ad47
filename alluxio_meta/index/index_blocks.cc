// Blocks and holders of the locality index.
#include <algorithm>

#include "alluxio_meta/index/locality_index.h"

namespace locus::meta {

BlockOutcome LocalityIndex::ChangeBlock(HolderId holder, const BlockChange& change) {
  const auto it = by_id_.find(change.file);
  if (it == by_id_.end()) {
    if (files_from_ == Namespace::kHolders) return BlockOutcome::kUnknownFile;
    const BlockOutcome outcome = unasked_.Change(holder, change);
    if (outcome == BlockOutcome::kLimit) FoundNoRoom(holder);
    return outcome;
  }
  File* file = it->second;
  if (change.block >= file->blocks()) return BlockOutcome::kBeyondFile;
  Holder& h = holders_[holder];
  const uint8_t bit = TierBit(change.tier);
  Replica* replica = file->replicas.Find(change.block, holder);
  const uint8_t before = replica == nullptr ? 0 : replica->tiers;
  const auto after = static_cast<uint8_t>(change.added ? before | bit : before & ~bit);
  if (change.added && replica == nullptr) {
    replica = file->replicas.Insert({change.block, holder, 0, 0});
    ++h.replicas;
    ++replicas_;
  }
  if (change.added) replica->marks = static_cast<uint8_t>(h.parity != 0 ? replica->marks | bit : replica->marks & ~bit);
  if (before == after) return BlockOutcome::kNoChange;
  replica->tiers = after;
  const auto length = static_cast<int64_t>(file->BlockLength(change.block));
  Delta delta{holder, {}, 0};
  if (before != 0) delta.tiers[static_cast<size_t>(FastestTier(before))] -= length;
  if (after != 0) delta.tiers[static_cast<size_t>(FastestTier(after))] += length;
  if (h.counting && (before == 0 || after == 0) && !CountsElsewhere(*file, change.block, holder)) {
    delta.cached = before == 0 ? length : -length;
  }
  if (after == 0) {
    file->replicas.Erase(replica);
    --h.replicas;
    --replicas_;
  }
  ApplyUp(file, delta);
  KeepOwnTotals(file);
  if (file->replicas.empty()) {
    if (IsHidden(*file)) {
      RemoveFile(file);
    } else {
      NoteIdle(file);
    }
  }
  return BlockOutcome::kApplied;
}

bool LocalityIndex::CountsElsewhere(const File& file, uint32_t block, HolderId holder) const {
  const auto replicas = file.replicas.OfBlock(block);
  return std::any_of(replicas.begin(), replicas.end(), [&](const Replica& r) {
    return r.holder != holder && r.tiers != 0 && holders_[r.holder].counting;
  });
}

void LocalityIndex::ApplyUp(File* file, const Delta& delta) {
  if (delta.empty()) return;
  if (file->totals != nullptr) file->totals->Apply(delta);
  for (Folder* up = file->parent; up != nullptr; up = up->parent) up->totals.Apply(delta);
  TouchUp(file);
}

void LocalityIndex::KeepOwnTotals(File* file) {
  // Half the bound to let go, so that a block that comes and goes at the bound costs nothing.
  if (file->totals == nullptr && file->replicas.size() > kReplicasWithoutTotals) {
    file->totals = std::make_unique<Totals>(Summarize(*file));
  } else if (file->totals != nullptr && file->replicas.size() < kReplicasWithoutTotals / 2) {
    file->totals = nullptr;
  }
}

Totals LocalityIndex::Summarize(const File& file) const {
  Totals totals;
  totals.length = file.length;
  totals.files = 1;
  totals.blocks = file.blocks();
  uint64_t counted_end = 0;  // Blocks below it are in `cached` already.
  for (const Replica& r : file.replicas.all()) {
    const uint64_t length = file.BlockLength(r.block);
    totals.holders.Add(r.holder, FastestTier(r.tiers), static_cast<int64_t>(length));
    if (holders_[r.holder].counting && r.block >= counted_end) {
      totals.cached += length;
      counted_end = uint64_t{r.block} + 1;
    }
  }
  return totals;
}

void LocalityIndex::FilesOf(const std::vector<bool>& holders, Node* from, std::vector<File*>* files) const {
  std::vector<Node*> open = {from};
  while (!open.empty()) {
    Node* node = open.back();
    open.pop_back();
    if (File* file = node->AsFile()) {
      const auto all = file->replicas.all();
      if (std::any_of(all.begin(), all.end(), [&](const Replica& r) { return holders[r.holder]; })) {
        files->push_back(file);
      }
      continue;
    }
    Folder* folder = node->AsFolder();
    const auto& entries = folder->totals.holders.entries();
    if (!std::any_of(entries.begin(), entries.end(), [&](const auto& e) { return holders[e.holder()]; })) continue;
    for (const NodePtr& child : folder->children) open.push_back(child.get());
  }
}

std::vector<File*> LocalityIndex::FilesOf(std::span<const HolderId> holders) {
  std::vector<bool> wanted(holders_.size());
  for (const HolderId h : holders) wanted[h] = true;
  std::vector<File*> files;
  FilesOf(wanted, tree_.root(), &files);
  FilesOf(wanted, hidden_.root(), &files);
  return files;
}

void LocalityIndex::SetCounting(std::span<const HolderId> holders, bool counting) {
  std::vector<HolderId> flipped;
  for (const HolderId h : holders) {
    if (holders_[h].counting != counting) flipped.push_back(h);
  }
  const std::vector<File*> files = FilesOf(flipped);
  std::vector<uint64_t> before;
  before.reserve(files.size());
  for (const File* file : files) before.push_back(Summarize(*file).cached);
  for (const HolderId h : flipped) holders_[h].counting = counting;
  for (size_t i = 0; i < files.size(); ++i) {
    Delta delta;
    delta.cached = static_cast<int64_t>(Summarize(*files[i]).cached) - static_cast<int64_t>(before[i]);
    ApplyUp(files[i], delta);
    // Also without a change of `cached`, the holder appears in answers or leaves them.
    TouchUp(files[i]);
  }
}

void LocalityIndex::DropFrom(File* file, HolderId holder, bool unconfirmed_only, size_t* pairs) {
  Delta delta{holder, {}, 0};
  const uint8_t parity_bits = ConfirmedBits(holders_[holder]);
  for (Replica& r : file->replicas.all()) {
    if (r.holder != holder) continue;
    const uint8_t before = r.tiers;
    const auto keep = static_cast<uint8_t>(unconfirmed_only ? before & ~(r.marks ^ parity_bits) : 0);
    if (keep == before) continue;
    const auto length = static_cast<int64_t>(file->BlockLength(r.block));
    delta.tiers[static_cast<size_t>(FastestTier(before))] -= length;
    if (keep != 0) delta.tiers[static_cast<size_t>(FastestTier(keep))] += length;
    if (keep == 0 && holders_[holder].counting && !CountsElsewhere(*file, r.block, holder)) delta.cached -= length;
    r.tiers = keep;
    *pairs += static_cast<size_t>(__builtin_popcount(before) - __builtin_popcount(keep));
  }
  const size_t size = file->replicas.size();
  file->replicas.EraseEmpty();
  holders_[holder].replicas -= size - file->replicas.size();
  replicas_ -= size - file->replicas.size();
  ApplyUp(file, delta);
  KeepOwnTotals(file);
  if (!file->replicas.empty()) return;
  if (IsHidden(*file)) {
    RemoveFile(file);
  } else {
    NoteIdle(file);
  }
}

void LocalityIndex::DropHolder(HolderId holder) {
  size_t pairs = 0;
  for (File* file : FilesOf(std::span(&holder, 1))) DropFrom(file, holder, false, &pairs);
  unasked_.DropHolder(holder);
  holders_[holder] = Holder{};
}

void LocalityIndex::BeginSnapshot(HolderId holder) {
  Holder& h = holders_[holder];
  h.parity ^= 1U;
  unasked_.BeginSnapshot(holder, ConfirmedBits(h), h.in_snapshot);
  if (h.in_snapshot) {
    // The snapshot before this one broke off: its marks would pass for this one's.
    const auto unconfirmed = static_cast<uint8_t>(~ConfirmedBits(h));
    for (File* file : FilesOf(std::span(&holder, 1))) {
      for (Replica& r : file->replicas.all()) {
        if (r.holder == holder) r.marks = unconfirmed;
      }
    }
  }
  h.in_snapshot = true;
  h.found_no_room = false;
}

size_t LocalityIndex::EndSnapshot(HolderId holder) {
  if (!holders_[holder].in_snapshot) return 0;
  size_t pairs = 0;
  for (File* file : FilesOf(std::span(&holder, 1))) DropFrom(file, holder, true, &pairs);
  pairs += unasked_.DropUnconfirmed(holder);
  holders_[holder].in_snapshot = false;
  return pairs;
}

void LocalityIndex::TouchHolder(HolderId holder) {
  for (const File* file : FilesOf(std::span(&holder, 1))) TouchUp(file);
}

}  // namespace locus::meta
