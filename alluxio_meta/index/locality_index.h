// Which holder has how many bytes of any file or folder, in which tier.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "alluxio_meta/index/follow_table.h"
#include "alluxio_meta/index/node.h"
#include "alluxio_meta/index/path_pattern.h"
#include "alluxio_meta/index/path_tree.h"
#include "alluxio_meta/index/types.h"
#include "alluxio_meta/index/unasked_blocks.h"

namespace locus::meta {

// A file with more replicas keeps totals of its own; with fewer, summing them up costs less than keeping them.
inline constexpr size_t kReplicasWithoutTotals = 256;
// Names that one glob may look at, beside the caller's bound on matches: about 20 ms.
inline constexpr size_t kMaxGlobVisits = 200'000;

struct IndexLimits {
  uint64_t max_files = 10'000'000;
  // Of UnaskedBlocks.
  uint64_t max_unasked_blocks = 20'000'000;
};

// Where files come from.
enum class Namespace {
  // The holders tell of their files before they tell of blocks.
  kHolders,
  // A master tells of files, by listings; holders tell of blocks alone. Blocks of unknown files are kept aside until a
  // listing tells of the file. A file that vanished from a listing is gone: nobody would tell of its blocks any more.
  kMaster,
};

// Whose word on a holder's blocks holds.
enum class Speaker : uint8_t {
  // The holder's own reports.
  kReport,
  // The same, but its snapshot is not complete: what the master says is added, until the snapshot's end decides.
  kReportBegins,
  // The master, in listings that began after this was set.
  kMaster,
  // Nobody for now: what is known stays.
  kNobody,
};

// One copy, as a master names it.
struct ReplicaAt {
  uint32_t block = 0;
  HolderId holder = 0;
  Tier tier = Tier::kMem;
};

// What SetReplicas met.
struct SetOutcome {
  bool changed = false;
  // Blocks at holders that report themselves, on which the master and the report differ.
  uint64_t only_reported = 0;
  uint64_t only_master = 0;
  uint64_t other_tier = 0;
};

// Nodes of the tree that a pattern names, none below another, in path order. Holds until the index changes.
struct Matches {
  std::vector<const Node*> nodes;
  // A bound was hit: there may be more.
  bool truncated = false;
};

struct HolderTiers {
  HolderId holder = 0;
  std::array<uint64_t, kTiers> bytes{};
};

struct LocalityAnswer {
  uint64_t length = 0;
  uint64_t files = 0;
  uint64_t blocks = 0;
  uint64_t cached = 0;
  // Counting holders with at least one byte, by number.
  std::vector<HolderTiers> holders;
};

// Pure: no clock, no thread, no I/O. Not thread-safe.
//
// Every folder keeps totals per holder and tier of distinct bytes: a question costs O(holders) whatever the number of
// blocks below, a block change O(depth x log holders). A block in two tiers of one holder counts in the faster one; a
// block with three replicas counts once on each holder and once in `cached`.
//
// Contents. A file_id names one content; a path shows one content. Of two contents of a path the greater (modified_ns,
// file_id) wins, and the loser's replicas are gone. A listing outranks age: what it names replaces a content that has
// not been told of since the listing began.
//
// Vanished files, with Namespace::kHolders. A file that a complete listing does not name is gone from every answer. Its
// replicas are kept out of sight and follow the news on, so that they are right at once when the same content comes
// back, as after a mount that was away.
class LocalityIndex {
 public:
  explicit LocalityIndex(IndexLimits limits = {}, Namespace files_from = Namespace::kHolders);
  ~LocalityIndex();

  // ---- files
  // `listing`: number of the listing that tells of it, 0 for a worker's report.
  FileOutcome PutFile(const FileFact& fact, uint64_t listing = 0);
  // Opens a listing and returns its number.
  uint64_t BeginListing() { return ++listings_; }
  // The listing of `path` is complete: files at or below it that nothing has told of since it began vanish. Returns
  // their number.
  size_t EndListing(std::string_view path, uint64_t listing);

  // ---- blocks
  BlockOutcome ChangeBlock(HolderId holder, const BlockChange& change);
  // All copies of a file's blocks that a master names, by block and holder, each pair once. For each holder its speaker
  // decides what becomes of it; blocks beyond the file's end are left out. Nothing for an unknown file.
  SetOutcome SetReplicas(FileId file, uint64_t listing, std::span<const ReplicaAt> replicas);
  // kReport at first. A holder that reports a block for which there is no room is not its own speaker any more, until
  // it begins a snapshot anew: `without_room` is instead, as the master's word makes up for what was dropped.
  void SetSpeaker(HolderId holder, Speaker speaker, Speaker without_room = Speaker::kMaster);
  Speaker SpeakerOf(HolderId holder) const;
  // Blocks of files that nobody has asked for.
  uint64_t unasked_blocks() const { return unasked_.size(); }

  // ---- holders; a holder that was never mentioned counts and has nothing
  // A scan over the holders' files. `cached` and answers are exact afterwards.
  void SetCounting(std::span<const HolderId> holders, bool counting);
  bool IsCounting(HolderId holder) const { return holders_[holder].counting; }
  // Forgets all about the holder; the number may be given to another.
  void DropHolder(HolderId holder);
  // From here on the holder repeats what it has; nothing is removed yet. Again before the end: starts over.
  void BeginSnapshot(HolderId holder);
  // Removes what the holder has not repeated since BeginSnapshot. Returns the number of (block, tier) pairs removed.
  size_t EndSnapshot(HolderId holder);
  // Marks everything that the holder is part of as changed, for what a reader knows of it beside its bytes.
  void TouchHolder(HolderId holder);
  // Blocks on this holder.
  uint64_t Blocks(HolderId holder) const { return holders_[holder].replicas + unasked_.Blocks(holder); }

  // ---- memory
  // Removes files at and below `path`, but those for which `keep` is true and, with Namespace::kHolders, those that
  // have replicas.
  void Forget(std::string_view path, const std::function<bool(std::string_view)>& keep);
  // Files that were told of without replicas, or have lost the last one, since the last call. A file stands in it once
  // until ReviewIdle.
  std::vector<FileId> TakeIdle();
  // Removes the file when it still has no replicas and `keep` is false for its path.
  void ReviewIdle(FileId id, const std::function<bool(std::string_view)>& keep);

  // ---- changes
  FollowId Follow(std::string_view path);
  void Unfollow(FollowId id);
  // Epoch of the last change to what the path's answer shows; 0: not since it is followed.
  uint64_t ChangedAt(FollowId id) const { return follows_.ChangedAt(id); }
  // Counts as a change of the path.
  void Touch(FollowId id) { follows_.Mark(id, ++epoch_); }
  // Grows with every change.
  uint64_t epoch() const { return epoch_; }

  // ---- questions
  // A pattern without glob matches the node at its path, if there is one.
  Matches Match(const PathPattern& pattern, size_t max_matches) const;
  LocalityAnswer Ask(const Matches& matches) const;
  // The file or folder of this path; null when there is none. Holds until the index changes.
  const Node* Find(std::string_view path) const { return tree_.Find(path); }
  // The content of this id, also of a vanished file; null when there is none. Holds until the index changes.
  const File* FindContent(FileId id) const {
    const auto place = by_id_.find(id);
    return place == by_id_.end() ? nullptr : place->second;
  }

  // Totals for metrics. Vanished files count as files while they have replicas.
  uint64_t files() const { return by_id_.size(); }
  uint64_t replicas() const { return replicas_; }

 private:
  struct Holder {
    uint64_t replicas = 0;
    bool counting = true;
    bool in_snapshot = false;
    // 0 or 1: what a confirmed replica's mark bits say now.
    uint8_t parity = 0;
    Speaker speaker = Speaker::kReport;
    Speaker without_room = Speaker::kMaster;
    // A block that it has told of was dropped.
    bool found_no_room = false;
    // Number of the newest listing when the speaker changed.
    uint64_t speaks_since = 0;
  };

  // Room for a fact: kAdded or kReplaced when its path is free now, else why it is ignored.
  FileOutcome ClearPath(const FileFact& fact, uint64_t listing, const File* moving);
  void FillFile(File* file, const FileFact& fact);
  FileOutcome MoveFile(File* file, const FileFact& fact, uint64_t listing);
  void HideFile(File* file);
  void RemoveFile(File* file);
  // Replicas that were kept aside for the file.
  void Adopt(File* file);
  void FoundNoRoom(HolderId holder);
  // The bits of a mark that says "told of in the present snapshot".
  uint8_t ConfirmedBits(const Holder& holder) const { return holder.parity != 0 ? 0xFF : 0; }
  // What becomes of a copy that is known (`now`, may be null) and that the master names (`stated`, may be null).
  Replica Settle(const Replica* now, const ReplicaAt* stated, uint64_t listing, SetOutcome* outcome) const;
  // Takes the file and its share of the totals out of its tree; its replicas stay its own.
  void TakeOut(File* file);
  void PutIn(File* file);
  bool IsHidden(const File& file) const;
  void NoteIdle(File* file);

  Totals Summarize(const File& file) const;
  // Applies to the file's own totals, if it has some, and to all folders above.
  void ApplyUp(File* file, const Delta& delta);
  void KeepOwnTotals(File* file);
  void TouchUp(const Node* node);
  bool CountsElsewhere(const File& file, uint32_t block, HolderId holder) const;
  void DropFrom(File* file, HolderId holder, bool unconfirmed_only, size_t* pairs);

  void FilesOf(const std::vector<bool>& holders, Node* from, std::vector<File*>* files) const;
  std::vector<File*> FilesOf(std::span<const HolderId> holders);
  void MatchBelow(const Folder& folder, std::span<const NamePattern> rest, size_t max_matches, size_t* visits,
                  Matches* matches) const;

  const IndexLimits limits_;
  const Namespace files_from_;
  uint64_t epoch_ = 0;
  uint64_t listings_ = 0;
  uint64_t replicas_ = 0;
  FollowTable follows_;
  PathTree tree_{follows_};
  // Vanished files, under their id in hexadecimal digits.
  FollowTable hidden_follows_;
  PathTree hidden_{hidden_follows_};
  absl::flat_hash_map<FileId, File*> by_id_;
  std::vector<Holder> holders_;
  std::vector<FileId> idle_;
  UnaskedBlocks unasked_;
  // Room for SetReplicas.
  std::vector<Replica> settled_;
};

}  // namespace locus::meta
