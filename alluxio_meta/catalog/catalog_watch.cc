// The catalog's side to those who follow inputs.
#include <algorithm>

#include "alluxio_meta/catalog/catalog.h"

namespace locus::meta {

void Catalog::AddWake(Wake* wake) {
  MutexLock lock(mutex_);
  wakes_.push_back(wake);
}

void Catalog::RemoveWake(Wake* wake) {
  MutexLock lock(mutex_);
  std::erase(wakes_, wake);
}

void Catalog::PulseLocked() {
  for (Wake* wake : wakes_) wake->Set();
}

void Catalog::HoldLocked(Followed* followed, SteadyTime now) {
  const InterestTable::Interest* interest = InterestLocked(followed->target, now);
  if (interest == nullptr) return;
  interest_.Hold(interest->path);
  followed->follow = interest->tag;
}

Followed Catalog::Follow(Target target) {
  Followed followed;
  followed.target = std::move(target);
  std::vector<Sending> orders;
  {
    MutexLock lock(mutex_);
    const SteadyTime now = clock_.Now();
    followed.mounts = mounts_version_;
    HoldLocked(&followed, now);
    orders = PlanLocked(now);
  }
  Send(orders);
  return followed;
}

void Catalog::Want(const Followed& followed) {
  if (followed.follow == 0) return;
  MutexLock lock(mutex_);
  interest_.Want(followed.target.pattern->literal(), clock_.Now());
}

bool Catalog::RereadLocked(Followed* followed, SteadyTime now) {
  if (followed->mounts == mounts_version_) return false;
  followed->mounts = mounts_version_;
  Target target = ParseLocked(followed->target.input);
  const auto literal = [](const Target& t) { return t.pattern.has_value() ? t.pattern->literal() : std::string(); };
  const bool same = literal(target) == literal(followed->target) && target.problem == followed->target.problem &&
                    target.awaits_mounts == followed->target.awaits_mounts;
  if (same) return false;
  if (followed->follow != 0) interest_.Release(followed->target.pattern->literal(), now);
  followed->follow = 0;
  followed->target = std::move(target);
  HoldLocked(followed, now);
  return true;
}

void Catalog::Unfollow(const Followed& followed) {
  if (followed.follow == 0) return;
  MutexLock lock(mutex_);
  interest_.Release(followed.target.pattern->literal(), clock_.Now());
}

Catalog::Changes Catalog::Changed(std::span<Followed* const> followed, Duration merge, size_t max_rows) {
  Changes changes;
  size_t rows = 0;
  MutexLock lock(mutex_);
  const SteadyTime now = clock_.Now();
  for (Followed* f : followed) {
    if (rows >= max_rows) {
      changes.more = true;
      break;
    }
    if (RereadLocked(f, now)) f->sent = false;
    if (f->sent && !f->target.pattern.has_value()) continue;
    if (f->sent && f->follow == 0) {
      if (interest_.size() >= options_.interest.max_paths) continue;
      HoldLocked(f, now);
    } else if (f->sent) {
      if (index_.ChangedAt(f->follow) <= f->seen) continue;
      // A client that waits for a first answer gets it at once.
      if (f->sent_state != InputState::kPending && now - f->sent_at < merge) {
        changes.withheld = true;
        continue;
      }
    }
    const auto* interest = f->follow == 0 ? nullptr : interest_.Find(f->target.pattern->literal());
    changes.pictures.push_back(PictureLocked(f->target, interest));
    f->sent = true;
    f->seen = index_.epoch();
    f->sent_state = changes.pictures.back().state;
    f->sent_at = now;
    rows += 1 + changes.pictures.back().holders.size();
  }
  return changes;
}

std::pair<uint64_t, uint64_t> Catalog::WorkerVersions() const {
  MutexLock lock(mutex_);
  return {workers_.version(), workers_.load_version()};
}

}  // namespace locus::meta
