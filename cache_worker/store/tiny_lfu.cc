#include "cache_worker/store/tiny_lfu.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "cache_worker/store/one_use_a_visit.h"

namespace locus::worker {
namespace {

constexpr size_t kWindowShare = 100;
// Spared blocks are mostly the last ones used, so the first look at the other end finds one that is not. Where it does
// not, the other segments are tried before a segment is walked through.
constexpr size_t kFirstLooks = 16;

}  // namespace

size_t TinyLfuPolicy::WindowSize() const { return std::max<size_t>(1, where_.size() / kWindowShare); }

void TinyLfuPolicy::Added(const BlockKey& key) {
  where_[key] = window_.insert(window_.begin(), {key, Segment::kWindow});
  counts_.Grow(where_.size());
  // What a restart found was asked for once, sometime: it is no worse than what is asked for the first time now.
  if (Frequency(key) == 0) counts_.Add(BlockKeyHash()(key));
}

void TinyLfuPolicy::Asked(const BlockKey& key) {
  counts_.Add(BlockKeyHash()(key));
  const auto found = where_.find(key);
  if (found == where_.end()) return;
  const Segment now = found->second->segment;
  MoveTo(now == Segment::kProbation ? Segment::kProtected : now, found->second);
}

void TinyLfuPolicy::Removed(const BlockKey& key) {
  const auto found = where_.find(key);
  if (found == where_.end()) return;
  QueueOf(found->second->segment).erase(found->second);
  where_.erase(found);
}

void TinyLfuPolicy::MoveTo(Segment segment, Queue::iterator entry) {
  Queue& to = QueueOf(segment);
  to.splice(to.begin(), QueueOf(entry->segment), entry);
  entry->segment = segment;
  while (protected_.size() > MainSize() * 4 / 5) {
    const Queue::iterator last = std::prev(protected_.end());
    probation_.splice(probation_.begin(), protected_, last);
    last->segment = Segment::kProbation;
  }
}

void TinyLfuPolicy::FillMain() {
  // What is being visited is spared, and waits in the window until that is over.
  const size_t outside = std::min(where_.size(), WindowSize() + MostVisits(where_.size()));
  const size_t free = (where_.size() - outside) * 19 / 20;
  while (window_.size() > WindowSize() && MainSize() < free) MoveTo(Segment::kProbation, std::prev(window_.end()));
}

std::optional<TinyLfuPolicy::Queue::iterator> TinyLfuPolicy::Last(Segment segment, Spared spared, size_t looks) {
  Queue& queue = QueueOf(segment);
  for (auto at = queue.end(); at != queue.begin() && looks > 0; --looks) {
    --at;
    if (!spared(at->key)) return at;
  }
  return std::nullopt;
}

std::optional<BlockKey> TinyLfuPolicy::Contest(Spared spared, size_t looks) {
  auto incumbent = Last(Segment::kProbation, spared, looks);
  if (!incumbent) incumbent = Last(Segment::kProtected, spared, looks);
  auto newcomer = Last(Segment::kWindow, spared, looks);
  if (!incumbent) return newcomer ? std::optional((*newcomer)->key) : std::nullopt;
  while (newcomer && window_.size() >= WindowSize()) {
    if (!Admits((*newcomer)->key, (*incumbent)->key)) return (*newcomer)->key;
    MoveTo(Segment::kProbation, *newcomer);
    // Asked again, the answer is to be the same.
    probation_.splice(probation_.end(), QueueOf((*incumbent)->segment), *incumbent);
    (*incumbent)->segment = Segment::kProbation;
    newcomer = Last(Segment::kWindow, spared, looks);
  }
  return (*incumbent)->key;
}

std::optional<BlockKey> TinyLfuPolicy::Victim(Spared spared) {
  FillMain();
  const std::optional<BlockKey> victim = Contest(spared, kFirstLooks);
  return victim ? victim : Contest(spared, SIZE_MAX);
}

}  // namespace locus::worker
