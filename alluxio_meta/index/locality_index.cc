#include "alluxio_meta/index/locality_index.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace locus::meta {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

std::string HiddenPath(FileId id) {
  std::string path = "/";
  for (int shift = 60; shift >= 0; shift -= 4) path += kHexDigits[(id >> shift) & 15U];
  return path;
}

bool IsMalformed(const FileFact& fact) {
  return fact.path.size() < 2 || fact.path.front() != '/' || fact.length > kMaxFileBytes || fact.block_bytes == 0 ||
         BlockCount(fact.length, fact.block_bytes) > kMaxBlocksOfFile;
}

// Whether the fact takes the place of what the file shows.
bool Outranks(const FileFact& fact, uint64_t listing, const File& file) {
  if (listing != 0 && file.confirmed < listing) return true;
  return std::tie(fact.modified_ns, fact.id) > std::tie(file.modified_ns, file.id);
}

}  // namespace

LocalityIndex::LocalityIndex(IndexLimits limits, Namespace files_from)
    : limits_(limits),
      files_from_(files_from),
      holders_(size_t{std::numeric_limits<HolderId>::max()} + 1),
      unasked_(limits.max_unasked_blocks) {}
LocalityIndex::~LocalityIndex() = default;

FileOutcome LocalityIndex::PutFile(const FileFact& fact, uint64_t listing) {
  if (IsMalformed(fact)) return FileOutcome::kMalformed;
  const auto known = by_id_.find(fact.id);
  File* old = known == by_id_.end() ? nullptr : known->second;
  if (old != nullptr && (old->length != fact.length || old->block_bytes != fact.block_bytes)) {
    // An id that names two contents: the source's mistake; the newer one holds.
    const bool wins = (listing != 0 && old->confirmed < listing) || fact.modified_ns >= old->modified_ns;
    if (!wins) return FileOutcome::kOlder;
    RemoveFile(old);
    old = nullptr;
  }
  if (old != nullptr) {
    if (!IsHidden(*old) && tree_.Find(fact.path) == old) {
      old->confirmed = listings_;
      old->modified_ns = std::max(old->modified_ns, fact.modified_ns);
      return FileOutcome::kConfirmed;
    }
    return MoveFile(old, fact, listing);
  }
  const FileOutcome room = ClearPath(fact, listing, nullptr);
  if (room != FileOutcome::kAdded && room != FileOutcome::kReplaced) return room;
  if (by_id_.size() >= limits_.max_files) return FileOutcome::kLimit;
  File* file = tree_.AddFile(fact.path);
  FillFile(file, fact);
  if (files_from_ == Namespace::kMaster) Adopt(file);
  PutIn(file);
  NoteIdle(file);
  return room;
}

void LocalityIndex::Adopt(File* file) {
  std::vector<Replica> kept = unasked_.Take(file->id);
  std::erase_if(kept, [&](const Replica& r) { return r.block >= file->blocks(); });
  if (kept.empty()) return;
  for (const Replica& r : kept) ++holders_[r.holder].replicas;
  replicas_ += kept.size();
  file->replicas.Assign(kept);
}

FileOutcome LocalityIndex::ClearPath(const FileFact& fact, uint64_t listing, const File* moving) {
  Node* nearest = tree_.FindNearest(fact.path);
  const bool exact = PathOf(*nearest) == fact.path;
  File* file = nearest->AsFile();
  if (file == nullptr) return exact ? FileOutcome::kConflict : FileOutcome::kAdded;
  if (file == moving) return FileOutcome::kAdded;
  if (!Outranks(fact, listing, *file)) return exact ? FileOutcome::kOlder : FileOutcome::kConflict;
  RemoveFile(file);
  return FileOutcome::kReplaced;
}

void LocalityIndex::FillFile(File* file, const FileFact& fact) {
  file->id = fact.id;
  file->length = fact.length;
  file->block_bytes = fact.block_bytes;
  file->modified_ns = fact.modified_ns;
  file->confirmed = listings_;
  by_id_[fact.id] = file;
}

FileOutcome LocalityIndex::MoveFile(File* file, const FileFact& fact, uint64_t listing) {
  const FileOutcome room = ClearPath(fact, listing, file);
  if (room != FileOutcome::kAdded && room != FileOutcome::kReplaced) return room;
  const bool hidden = IsHidden(*file);
  TakeOut(file);
  ReplicaSet replicas = std::move(file->replicas);
  const bool idle_listed = file->idle_listed;
  (hidden ? hidden_ : tree_).Remove(file);
  File* moved = tree_.AddFile(fact.path);
  FillFile(moved, fact);
  moved->replicas = std::move(replicas);
  moved->idle_listed = idle_listed;
  PutIn(moved);
  return FileOutcome::kMoved;
}

void LocalityIndex::HideFile(File* file) {
  TakeOut(file);
  ReplicaSet replicas = std::move(file->replicas);
  FileFact fact{file->id, HiddenPath(file->id), file->length, file->block_bytes, file->modified_ns};
  const bool idle_listed = file->idle_listed;
  tree_.Remove(file);
  File* hidden = hidden_.AddFile(fact.path);
  FillFile(hidden, fact);
  hidden->replicas = std::move(replicas);
  hidden->idle_listed = idle_listed;
  PutIn(hidden);
}

void LocalityIndex::RemoveFile(File* file) {
  TakeOut(file);
  for (const Replica& r : file->replicas.all()) {
    const Speaker speaker = SpeakerOf(r.holder);
    --holders_[r.holder].replicas;
    // The holder will not tell of it again.
    if (files_from_ == Namespace::kMaster && (speaker == Speaker::kReport || speaker == Speaker::kReportBegins) &&
        !unasked_.Put(file->id, r)) {
      FoundNoRoom(r.holder);
    }
  }
  replicas_ -= file->replicas.size();
  by_id_.erase(file->id);
  (IsHidden(*file) ? hidden_ : tree_).Remove(file);
}

void LocalityIndex::TakeOut(File* file) {
  const Totals share = Summarize(*file);
  file->totals = nullptr;
  for (Folder* up = file->parent; up != nullptr; up = up->parent) {
    up->totals.length -= share.length;
    up->totals.files -= 1;
    up->totals.blocks -= share.blocks;
    up->totals.cached -= share.cached;
    for (const auto& e : share.holders.entries()) {
      up->totals.holders.Add(e.holder(), e.tier(), -static_cast<int64_t>(e.bytes));
    }
  }
  TouchUp(file);
}

void LocalityIndex::PutIn(File* file) {
  const Totals share = Summarize(*file);
  for (Folder* up = file->parent; up != nullptr; up = up->parent) {
    up->totals.length += share.length;
    up->totals.files += 1;
    up->totals.blocks += share.blocks;
    up->totals.cached += share.cached;
    for (const auto& e : share.holders.entries()) {
      up->totals.holders.Add(e.holder(), e.tier(), static_cast<int64_t>(e.bytes));
    }
  }
  KeepOwnTotals(file);
  TouchUp(file);
}

bool LocalityIndex::IsHidden(const File& file) const { return file.parent == hidden_.root(); }

void LocalityIndex::NoteIdle(File* file) {
  if (file->idle_listed || files_from_ == Namespace::kMaster) return;
  file->idle_listed = true;
  idle_.push_back(file->id);
}

size_t LocalityIndex::EndListing(std::string_view path, uint64_t listing) {
  Node* node = tree_.Find(path);
  if (node == nullptr) return 0;
  std::vector<File*> files;
  CollectFiles(*node, &files);
  size_t vanished = 0;
  for (File* file : files) {
    if (file->confirmed >= listing) continue;
    ++vanished;
    if (file->replicas.empty() || files_from_ == Namespace::kMaster) {
      RemoveFile(file);
    } else {
      HideFile(file);
    }
  }
  return vanished;
}

void LocalityIndex::Forget(std::string_view path, const std::function<bool(std::string_view)>& keep) {
  Node* node = tree_.Find(path);
  if (node == nullptr) return;
  std::vector<File*> files;
  CollectFiles(*node, &files);
  for (File* file : files) {
    if (files_from_ == Namespace::kHolders && !file->replicas.empty()) continue;
    if (!keep(PathOf(*file))) RemoveFile(file);
  }
}

std::vector<FileId> LocalityIndex::TakeIdle() {
  std::vector<FileId> idle;
  for (const FileId id : std::exchange(idle_, {})) {
    const auto it = by_id_.find(id);
    if (it == by_id_.end()) continue;
    it->second->idle_listed = it->second->replicas.empty();
    if (it->second->idle_listed) idle.push_back(id);
  }
  return idle;
}

void LocalityIndex::ReviewIdle(FileId id, const std::function<bool(std::string_view)>& keep) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return;
  File* file = it->second;
  file->idle_listed = false;
  if (file->replicas.empty() && !keep(PathOf(*file))) RemoveFile(file);
}

FollowId LocalityIndex::Follow(std::string_view path) {
  const FollowId id = follows_.Add(path);
  if (Node* node = tree_.Find(path)) node->follow = id;
  return id;
}

void LocalityIndex::Unfollow(FollowId id) {
  const std::string path = follows_.path(id);
  if (!follows_.Remove(id)) return;
  if (Node* node = tree_.Find(path)) node->follow = 0;
}

void LocalityIndex::TouchUp(const Node* node) {
  ++epoch_;
  for (; node != nullptr; node = node->parent) {
    if (node->follow != 0) follows_.Mark(node->follow, epoch_);
  }
}

}  // namespace locus::meta
