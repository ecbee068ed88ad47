// Samples of blocks.
#include <algorithm>
#include <limits>
#include <numeric>

#include "absl/container/flat_hash_map.h"
#include "alluxio_meta/catalog/catalog.h"
#include "common/status.h"

namespace locus::meta {

// One call of SampleBlocks, between two holds of the lock.
struct Catalog::SampleWalk {
  explicit SampleWalk(size_t max_blocks) : sketch(max_blocks, kMaxPlacesOfSample) {}

  // Paths that the input names. A glob is matched once: what it matches later is not seen.
  std::vector<std::string> matches;
  // The match that comes next, and where in it; an empty path: at its beginning.
  size_t next = 0;
  BlockPosition from;
  uint64_t steps = 0;
  uint64_t steps_at_once = 0;
  BlockSketch sketch;
  uint64_t cached_blocks = 0;
  // By number, in the order of their first block.
  std::vector<std::string> nodes;
  absl::flat_hash_map<std::string, uint32_t> numbers;
  // By holder, as long as the lock is held: a holder's number may be given to another worker.
  static constexpr uint32_t kNotLookedUp = std::numeric_limits<uint32_t>::max();
  static constexpr uint32_t kNoPlace = kNotLookedUp - 1;
  std::vector<uint32_t> places;
  std::vector<uint32_t> places_of_block;
};

namespace {

// Leaves only nodes that a block names, in the order of their names.
void KeepNamedNodes(BlocksSample* sample) {
  std::vector<std::string>& nodes = sample->nodes;
  std::vector<bool> named(nodes.size());
  for (const SketchedBlock& block : sample->blocks) {
    for (const uint32_t node : block.nodes) named[node] = true;
  }
  std::vector<uint32_t> order(nodes.size());
  std::iota(order.begin(), order.end(), 0);
  std::erase_if(order, [&](uint32_t node) { return !named[node]; });
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return nodes[a] < nodes[b]; });
  std::vector<uint32_t> position(nodes.size());
  std::vector<std::string> kept;
  for (const uint32_t node : order) {
    position[node] = static_cast<uint32_t>(kept.size());
    kept.push_back(std::move(nodes[node]));
  }
  nodes = std::move(kept);
  for (SketchedBlock& block : sample->blocks) {
    for (uint32_t& node : block.nodes) node = position[node];
    std::sort(block.nodes.begin(), block.nodes.end());
  }
}

}  // namespace

absl::StatusOr<BlocksSample> Catalog::SampleBlocks(const Target& target, size_t max_blocks, Duration wait,
                                                   const std::function<absl::Status()>& go_on) {
  BlocksSample sample;
  const auto [freshness, pictures] = Ask(std::span(&target, 1), wait);
  sample.freshness = freshness;
  sample.state = pictures[0].state;
  sample.problem = pictures[0].problem;
  if (sample.state != InputState::kKnown) return sample;
  SampleWalk walk(max_blocks);
  {
    MutexLock lock(mutex_);
    for (const Node* node : index_.Match(*target.pattern, options_.max_glob_matches).nodes) {
      walk.matches.push_back(PathOf(*node));
    }
  }
  for (;;) {
    LOCUS_RETURN_IF_ERROR(go_on());
    MutexLock lock(mutex_);
    const bool done = SampleStepsLocked(&walk);
    if (walk.steps > options_.max_sample_steps) {
      CountLocked(Limit::kSampleSteps);
      return Exhausted("input: has more than " + std::to_string(options_.max_sample_steps) +
                       " files and copies of blocks, which is too much for a sample: ask for a part of it");
    }
    sample.freshness = FreshnessLocked();
    if (done) break;
    if (answered_.WaitFor(mutex_, kSamplePause, [this]() REQUIRES(mutex_) { return stopped_; })) {
      return Unavailable("locus-meta is stopping");
    }
  }
  sample.blocks = walk.sketch.Take();
  sample.nodes = std::move(walk.nodes);
  sample.cached_blocks = walk.cached_blocks;
  KeepNamedNodes(&sample);
  return sample;
}

bool Catalog::SampleStepsLocked(SampleWalk* walk) const {
  walk->places.clear();
  walk->steps_at_once = 0;
  bool resumes = !walk->from.path.empty();
  const auto take_file = [&](const File& file) {
    uint64_t first = 0;
    // Only the first file after a pause may be one that is begun.
    if (std::exchange(resumes, false) && PathOf(file) == walk->from.path) first = walk->from.block;
    return SampleFileLocked(file, first, walk);
  };
  for (; walk->next < walk->matches.size(); ++walk->next) {
    const std::string& match = walk->matches[walk->next];
    const Node* node = index_.Find(match);
    const std::string_view start = resumes ? std::string_view(walk->from.path).substr(match.size()) : "";
    if (node != nullptr && !VisitFiles(*node, start, take_file)) return false;
    walk->from = {};
    resumes = false;
  }
  return true;
}

bool Catalog::SampleFileLocked(const File& file, uint64_t first, SampleWalk* walk) const {
  const auto pause_at = [&](uint64_t block) {
    walk->from = {PathOf(file), block};
    return false;
  };
  if (walk->steps_at_once >= kSampleStepsAtOnce) return pause_at(first);
  ++walk->steps;
  ++walk->steps_at_once;
  const std::span<const Replica> all = file.replicas.all();
  auto replica =
      std::lower_bound(all.begin(), all.end(), first, [](const Replica& r, uint64_t block) { return r.block < block; });
  std::vector<uint32_t>& places = walk->places_of_block;
  while (replica != all.end()) {
    const uint32_t block = replica->block;
    if (walk->steps_at_once >= kSampleStepsAtOnce) return pause_at(block);
    places.clear();
    for (; replica != all.end() && replica->block == block; ++replica) {
      ++walk->steps;
      ++walk->steps_at_once;
      if (const std::optional<uint32_t> place = PlaceLocked(replica->holder, walk)) places.push_back(*place);
    }
    if (places.empty()) continue;
    ++walk->cached_blocks;
    const uint64_t hash = BlockHash(file.id, block);
    if (!walk->sketch.Wants(hash)) continue;
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    walk->sketch.Add({hash, file.BlockLength(block), places});
  }
  return true;
}

std::optional<uint32_t> Catalog::PlaceLocked(HolderId holder, SampleWalk* walk) const {
  if (holder >= walk->places.size()) walk->places.resize(size_t{holder} + 1, SampleWalk::kNotLookedUp);
  uint32_t& place = walk->places[holder];
  if (place == SampleWalk::kNotLookedUp) {
    const std::string& node = index_.IsCounting(holder) ? workers_.OfHolder(holder).node : std::string();
    place = SampleWalk::kNoPlace;
    if (!node.empty()) {
      const auto [entry, is_new] = walk->numbers.try_emplace(node, static_cast<uint32_t>(walk->nodes.size()));
      if (is_new) walk->nodes.push_back(node);
      place = entry->second;
    }
  }
  if (place == SampleWalk::kNoPlace) return std::nullopt;
  return place;
}

}  // namespace locus::meta
