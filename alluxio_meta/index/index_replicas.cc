// What a master says of a file's replicas, joined with what the holders report themselves.
#include "alluxio_meta/index/locality_index.h"

namespace locus::meta {

void LocalityIndex::SetSpeaker(HolderId holder, Speaker speaker, Speaker without_room) {
  holders_[holder].speaker = speaker;
  holders_[holder].without_room = without_room;
  holders_[holder].speaks_since = listings_;
}

Speaker LocalityIndex::SpeakerOf(HolderId holder) const {
  const Holder& h = holders_[holder];
  const bool reports = h.speaker == Speaker::kReport || h.speaker == Speaker::kReportBegins;
  return reports && h.found_no_room ? h.without_room : h.speaker;
}

void LocalityIndex::FoundNoRoom(HolderId holder) {
  // Only once: each time anew, no listing would ever be young enough.
  if (holders_[holder].found_no_room) return;
  holders_[holder].found_no_room = true;
  holders_[holder].speaks_since = listings_;
}

Replica LocalityIndex::Settle(const Replica* now, const ReplicaAt* stated, uint64_t listing,
                              SetOutcome* outcome) const {
  const uint32_t block = now != nullptr ? now->block : stated->block;
  const HolderId holder = now != nullptr ? now->holder : stated->holder;
  const Holder& h = holders_[holder];
  const uint8_t bit = stated == nullptr ? 0 : TierBit(stated->tier);
  const Replica kept = now != nullptr ? *now : Replica{block, holder, 0, 0};
  switch (SpeakerOf(holder)) {
    case Speaker::kMaster:
      if (listing <= h.speaks_since || kept.tiers == bit) return kept;
      return {block, holder, bit, ConfirmedBits(h)};
    case Speaker::kReport:
      if (stated == nullptr) {
        ++outcome->only_reported;
      } else if (now == nullptr) {
        ++outcome->only_master;
      } else if ((kept.tiers & bit) == 0) {
        ++outcome->other_tier;
      }
      return kept;
    case Speaker::kReportBegins:
      // Unconfirmed: the end of the snapshot removes it, unless the holder has told of it until then.
      if (now == nullptr) return {block, holder, bit, static_cast<uint8_t>(~ConfirmedBits(h))};
      return kept;
    case Speaker::kNobody: return kept;
  }
  return kept;
}

SetOutcome LocalityIndex::SetReplicas(FileId id, uint64_t listing, std::span<const ReplicaAt> replicas) {
  SetOutcome outcome;
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return outcome;
  File* file = it->second;
  settled_.clear();
  const std::span<const Replica> known = std::as_const(file->replicas).all();
  size_t k = 0, s = 0;
  while (s < replicas.size() || k < known.size()) {
    const Replica* now = k < known.size() ? &known[k] : nullptr;
    const ReplicaAt* stated = s < replicas.size() ? &replicas[s] : nullptr;
    if (stated != nullptr && stated->block >= file->blocks()) {
      ++s;
      continue;
    }
    if (now != nullptr && stated != nullptr) {
      const auto left = std::tie(now->block, now->holder), right = std::tie(stated->block, stated->holder);
      if (left < right) stated = nullptr;
      if (right < left) now = nullptr;
    }
    k += now != nullptr ? 1 : 0;
    s += stated != nullptr ? 1 : 0;
    const Replica settled = Settle(now, stated, listing, &outcome);
    outcome.changed = outcome.changed || settled.tiers != (now == nullptr ? 0 : now->tiers);
    if (settled.tiers != 0) settled_.push_back(settled);
  }
  if (!outcome.changed) return outcome;
  TakeOut(file);
  for (const Replica& r : known) --holders_[r.holder].replicas;
  replicas_ -= known.size();
  file->replicas.Assign(settled_);
  for (const Replica& r : settled_) ++holders_[r.holder].replicas;
  replicas_ += settled_.size();
  PutIn(file);
  NoteIdle(file);
  return outcome;
}

}  // namespace locus::meta
