// The catalog's answers.
#include <algorithm>

#include "alluxio_meta/catalog/catalog.h"
#include "common/status.h"

namespace locus::meta {

Target Catalog::Parse(std::string_view input) const {
  MutexLock lock(mutex_);
  return ParseLocked(input);
}

Target Catalog::ParseLocked(std::string_view input) const {
  Target target;
  target.input = std::string(input);
  const absl::StatusOr<std::string> path = mounts_.Resolve(input);
  if (!path.ok()) {
    target.problem = MessageOf(path.status());
    target.awaits_mounts = !mounts_told_ && MountTable::IsForeign(input);
    return target;
  }
  absl::StatusOr<PathPattern> pattern = PathPattern::Parse(*path);
  if (!pattern.ok()) {
    target.problem = MessageOf(pattern.status());
    return target;
  }
  target.pattern = std::move(pattern).value();
  return target;
}

const InterestTable::Interest* Catalog::InterestLocked(const Target& target, SteadyTime now) {
  if (!target.pattern.has_value()) return nullptr;
  bool is_new = false;
  InterestTable::Interest* interest = interest_.Ask(target.pattern->literal(), now, &is_new);
  if (interest == nullptr) {
    CountLocked(Limit::kPaths);
  } else if (is_new) {
    interest->tag = index_.Follow(target.pattern->literal());
  }
  return interest;
}

InputPicture Catalog::PictureLocked(const Target& target, const InterestTable::Interest* interest) {
  InputPicture picture;
  picture.input = target.input;
  if (!target.pattern.has_value()) {
    picture.state = target.awaits_mounts ? InputState::kPending : InputState::kInvalid;
    picture.problem = target.awaits_mounts ? "the Alluxio master's mount table is not known yet" : target.problem;
    return picture;
  }
  if (interest == nullptr) {
    picture.problem = "locus-meta follows as many paths as it may (" + std::to_string(options_.interest.max_paths) +
                      "): this one is not looked up";
    return picture;
  }
  picture.problem = interest->problem;
  if (interest->state == InterestState::kPending) {
    if (!picture.problem.empty()) return picture;
    if (has_master()) {
      if (workers_.MasterIsAway(clock_.Now())) picture.problem = "the Alluxio master is away: " + master_problem_;
    } else if (workers_.speakers().empty()) {
      picture.problem = "no worker is connected";
    }
    return picture;
  }
  if (interest->state == InterestState::kUnknown) {
    picture.state = InputState::kUnknown;
    return picture;
  }
  const Matches matches = index_.Match(*target.pattern, options_.max_glob_matches);
  if (target.pattern->is_glob() && matches.nodes.empty()) {
    interest_.Hasten(target.pattern->literal());
    picture.state = InputState::kUnknown;
    return picture;
  }
  if (matches.truncated) {
    CountLocked(Limit::kGlobMatches);
    picture.problem = "the glob matches more than index.max_glob_matches allows: only the first " +
                      std::to_string(matches.nodes.size()) + " matches are counted";
  }
  const LocalityAnswer answer = index_.Ask(matches);
  picture.state = InputState::kKnown;
  picture.length = answer.length;
  picture.files = answer.files;
  picture.blocks = answer.blocks;
  picture.cached = answer.cached;
  picture.holders.reserve(answer.holders.size());
  for (const HolderTiers& h : answer.holders) {
    const Worker& worker = workers_.OfHolder(h.holder);
    picture.holders.push_back({worker.address, worker.node, h.bytes});
  }
  std::sort(picture.holders.begin(), picture.holders.end(),
            [](const HolderPicture& a, const HolderPicture& b) { return a.address < b.address; });
  return picture;
}

bool Catalog::AnyPendingLocked(std::span<const Target> targets) const {
  return std::any_of(targets.begin(), targets.end(), [&](const Target& target) {
    if (!target.pattern.has_value()) return false;
    const InterestTable::Interest* interest = interest_.Find(target.pattern->literal());
    return interest != nullptr && interest->state == InterestState::kPending;
  });
}

void Catalog::AwaitLocked(std::span<const Target> targets, Duration wait) {
  if (wait <= Duration(0) || !AnyPendingLocked(targets)) return;
  if (waiting_ >= kMaxWaiting) return CountLocked(Limit::kWaiting);
  ++waiting_;
  answered_.WaitFor(mutex_, wait, [&] { return stopped_ || !AnyPendingLocked(targets); });
  --waiting_;
}

std::pair<Freshness, std::vector<InputPicture>> Catalog::Ask(std::span<const Target> targets, Duration wait) {
  std::vector<Sending> orders;
  {
    MutexLock lock(mutex_);
    const SteadyTime now = clock_.Now();
    for (const Target& target : targets) InterestLocked(target, now);
    if (AnyPendingLocked(targets)) orders = PlanLocked(now);
  }
  Send(orders);
  std::vector<InputPicture> pictures;
  pictures.reserve(targets.size());
  MutexLock lock(mutex_);
  AwaitLocked(targets, wait);
  for (const Target& target : targets) {
    pictures.push_back(
        PictureLocked(target, target.pattern.has_value() ? interest_.Find(target.pattern->literal()) : nullptr));
  }
  return {FreshnessLocked(), std::move(pictures)};
}

BlocksPage Catalog::ListBlocks(const Target& target, const BlockPosition& from, size_t page_size, Duration wait) {
  BlocksPage page;
  const auto [freshness, pictures] = Ask(std::span(&target, 1), wait);
  page.freshness = freshness;
  page.state = pictures[0].state;
  page.problem = pictures[0].problem;
  if (page.state != InputState::kKnown) return page;
  MutexLock lock(mutex_);
  BlocksLocked(target, from, page_size, &page);
  page.freshness = FreshnessLocked();
  return page;
}

bool Catalog::BlocksLocked(const Target& target, const BlockPosition& from, size_t page_size, BlocksPage* page) const {
  size_t files = 0;
  const auto add_file = [&](const File& file) {
    const std::string path = PathOf(file);
    const uint64_t first = path == from.path ? from.block : 0;
    if (++files > kMaxFilesOfPage) {
      page->next = {path, first};
      return false;
    }
    for (uint64_t b = first; b < file.blocks(); ++b) {
      if (page->blocks.size() >= page_size) {
        page->next = {path, b};
        return false;
      }
      const auto index = static_cast<uint32_t>(b);
      BlockPicture block{path, file.id, index, b * file.block_bytes, file.BlockLength(index), {}};
      for (const Replica& r : file.replicas.OfBlock(index)) {
        if (!index_.IsCounting(r.holder)) continue;
        const Worker& worker = workers_.OfHolder(r.holder);
        block.holders.push_back({worker.address, worker.node, static_cast<Tier>(FastestTier(r.tiers))});
      }
      page->blocks.push_back(std::move(block));
    }
    return true;
  };
  for (const Node* node : index_.Match(*target.pattern, options_.max_glob_matches).nodes) {
    const std::string path = PathOf(*node);
    std::string_view start;
    if (!from.path.empty() && IsAtOrBelow(from.path, path)) {
      start = std::string_view(from.path).substr(path.size());
    } else if (ComparePaths(path, from.path) < 0) {
      continue;
    }
    if (!VisitFiles(*node, start, add_file)) return false;
  }
  return true;
}

std::vector<Mount> Catalog::Mounts() const {
  MutexLock lock(mutex_);
  return mounts_.mounts();
}

std::string Catalog::MountsProblem() const {
  MutexLock lock(mutex_);
  if (!mounts_told_) return "the Alluxio master has not told its mount table yet";
  return mounts_problem_;
}

std::vector<WorkerPicture> Catalog::Workers() const {
  MutexLock lock(mutex_);
  const SteadyTime now = clock_.Now();
  std::vector<WorkerPicture> pictures;
  pictures.reserve(workers_.all().size());
  for (const auto& [address, worker] : workers_.all()) {
    const bool reports = !has_master() || index_.SpeakerOf(worker.holder) == Speaker::kReport;
    const SteadyTime heard =
        std::max(worker.heard, has_master() && !worker.registered ? worker.reported : worker.heard);
    pictures.push_back({worker, now - heard, index_.Blocks(worker.holder), reports, ProblemLocked(worker)});
  }
  return pictures;
}

Freshness Catalog::FreshnessNow() const {
  MutexLock lock(mutex_);
  return FreshnessLocked();
}

bool Catalog::IsStaleLocked(SteadyTime now) const {
  if (workers_.all().empty()) return false;
  if (has_master()) return workers_.MasterIsAway(now) || workers_.awaited() > 0;
  return workers_.speakers().empty();
}

Freshness Catalog::FreshnessLocked() const {
  constexpr Duration kKeep = std::chrono::milliseconds(50);
  const SteadyTime now = clock_.Now();
  if (oldest_version_ != workers_.version() || now - oldest_at_ >= kKeep) {
    const std::optional<Duration> oldest = workers_.OldestNews(now);
    oldest_at_ = now;
    oldest_version_ = workers_.version();
    oldest_heard_ = oldest.has_value() ? now - *oldest : last_news_;
  }
  Freshness freshness;
  freshness.run = options_.run;
  freshness.epoch = index_.epoch();
  freshness.age = now - oldest_heard_;
  freshness.stale = IsStaleLocked(now);
  return freshness;
}

}  // namespace locus::meta
