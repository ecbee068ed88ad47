#include "extender/locality/sample_table.h"

#include <algorithm>
#include <utility>

namespace locus::extender {
namespace {

bool OnTwoNodes(const BlockSample& sample) {
  return std::any_of(sample.blocks.begin(), sample.blocks.end(),
                     [](const BlockSample::Block& block) { return block.count > 1; });
}

size_t BytesOf(const BlockSample& sample) {
  size_t bytes = sizeof(sample) + sample.blocks.size() * sizeof(BlockSample::Block);
  bytes += sample.holders.size() * sizeof(sample.holders[0]);
  for (const std::string& node : sample.nodes) bytes += sizeof(node) + node.size();
  return bytes;
}

}  // namespace

bool CopiesOverlap(const InputPicture& picture) {
  return static_cast<double>(picture.copied_bytes) > kOverlapFrom * static_cast<double>(picture.cached_bytes);
}

bool DiffersMaterially(const InputPicture& before, const InputPicture& now) {
  const double allowed = kMaterialChange * static_cast<double>(std::max(before.cached_bytes, now.cached_bytes));
  const auto far = [allowed](uint64_t a, uint64_t b) {
    return static_cast<double>(std::max(a, b) - std::min(a, b)) > allowed;
  };
  if (far(before.cached_bytes, now.cached_bytes)) return true;
  // Both are sorted by name.
  auto a = before.nodes.begin();
  auto b = now.nodes.begin();
  while (a != before.nodes.end() || b != now.nodes.end()) {
    const bool only_before = b == now.nodes.end() || (a != before.nodes.end() && a->node < b->node);
    const bool only_now = !only_before && (a == before.nodes.end() || b->node < a->node);
    if (far(only_now ? 0 : Total(a->bytes), only_before ? 0 : Total(b->bytes))) return true;
    if (!only_now) ++a;
    if (!only_before) ++b;
  }
  return false;
}

std::shared_ptr<const BlockSample> SampleTable::Ask(const std::shared_ptr<const InputPicture>& picture,
                                                    SteadyTime now) {
  // An entry that is there stays, for when it was asked last: copies that overlap again are no reason to hurry.
  if (picture->state != InputState::kKnown || !CopiesOverlap(*picture)) return nullptr;
  const auto found = entries_.find(picture->input);
  Entry& entry = found != entries_.end() ? found->second : Make(picture->input);
  recent_.splice(recent_.begin(), recent_, entry.place);
  entry.picture = picture;
  entry.last_asked = now;
  if (entry.sampled != nullptr) Compare(&entry, now);
  const bool paused = paused_until_.has_value() && now < *paused_until_;
  const bool wanted = entry.sampled == nullptr || entry.outdated_since.has_value();
  if (wanted && !paused && !entry.waits && entry.calling == nullptr && now >= entry.not_before) {
    entry.waits = true;
    waiting_.push_back(picture->input);
  }
  if (entry.outdated_since.has_value() && now - *entry.outdated_since > kOutdatedFor) return nullptr;
  return entry.sample;
}

SampleTable::Entry& SampleTable::Make(const std::string& input) {
  if (entries_.size() >= max_inputs_) MakeRoom();
  recent_.push_front(input);
  Entry& entry = entries_[input];
  entry.place = recent_.begin();
  return entry;
}

void SampleTable::MakeRoom() {
  const auto oldest = entries_.find(recent_.back());
  if (oldest->second.waits) waiting_.erase(std::find(waiting_.begin(), waiting_.end(), oldest->first));
  bytes_ -= oldest->second.bytes;
  entries_.erase(oldest);
  recent_.pop_back();
  ++evicted_;
}

void SampleTable::Compare(Entry* entry, SteadyTime now) const {
  if (entry->picture == entry->compared) return;
  entry->compared = entry->picture;
  if (!DiffersMaterially(*entry->sampled, *entry->picture)) {
    entry->outdated_since.reset();
  } else if (!entry->outdated_since.has_value()) {
    entry->outdated_since = now;
  }
}

std::optional<std::string> SampleTable::Next(SteadyTime now) {
  while (!waiting_.empty()) {
    std::string input = std::move(waiting_.front());
    waiting_.pop_front();
    Entry& entry = entries_.at(input);
    entry.waits = false;
    if (now - entry.last_asked > kAskedLately) continue;
    entry.calling = entry.picture;
    entry.not_before = now + kSampleInterval;
    return input;
  }
  return std::nullopt;
}

void SampleTable::Done(const std::string& input, absl::StatusOr<BlockSample> sample, SteadyTime now) {
  if (sample.status().code() == absl::StatusCode::kUnavailable) PauseAll(now + kAwayPause);
  if (sample.status().code() == absl::StatusCode::kUnimplemented) PauseAll(now + kTooOldPause);
  const auto found = entries_.find(input);
  if (found == entries_.end() || found->second.calling == nullptr) return;
  Entry& entry = found->second;
  const auto picture = std::exchange(entry.calling, nullptr);
  if (!sample.ok()) {
    entry.not_before = now + entry.next_pause;
    entry.next_pause = std::min(2 * entry.next_pause, kFailedPauseMax);
    return;
  }
  entry.next_pause = kFailedPause;
  // Also "no block on two nodes" is known from here on: two workers of one node look like copies on two.
  entry.sample = OnTwoNodes(*sample) ? std::make_shared<const BlockSample>(std::move(sample).value()) : nullptr;
  entry.sampled = picture;
  entry.compared = nullptr;
  entry.outdated_since.reset();
  bytes_ -= entry.bytes;
  entry.bytes = entry.sample != nullptr ? BytesOf(*entry.sample) : 0;
  bytes_ += entry.bytes;
  while (bytes_ > max_bytes_) MakeRoom();
}

void SampleTable::PauseAll(SteadyTime until) {
  paused_until_ = until;
  for (const std::string& input : waiting_) entries_.at(input).waits = false;
  waiting_.clear();
}

}  // namespace locus::extender
