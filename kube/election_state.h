// Who leads, by a Lease: the pure part of an election (https://kubernetes.io/docs/concepts/architecture/leases/).
//
// The rules are those of client-go's leader election. Clocks of two machines are never compared: the record counts as
// abandoned when *this* candidate has not seen it change for as long as the record says. A leader stops well before
// that, on its own clock, so that two never lead at once as long as clocks run at about the same speed.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "kube/writer.h"

namespace locus::kube {

struct ElectionOptions {
  // Who we are; different for each candidate, at most 253 bytes, not empty.
  std::string identity;
  // A leader that has not renewed for this long is replaced. The API knows whole seconds: it is rounded up.
  Duration duration = std::chrono::seconds(10);
};

// What a candidate does next. Times are handed in and never go back. `jitter` is uniform in [0, 1). Not thread-safe.
class ElectionState {
 public:
  explicit ElectionState(ElectionOptions options);

  struct Step {
    enum class Kind {
      kWait,   // nothing before `wait` has passed
      kRead,   // GetLease, then ReadDone
      kWrite,  // PutLease of `lease`, then WriteDone
    };
    Kind kind = Kind::kWait;
    Duration wait{0};
    Lease lease;
  };
  Step Next(SteadyTime now, WallTime wall);
  void ReadDone(const absl::StatusOr<Lease>& result, SteadyTime now, double jitter);
  // `asked`: when the call began. Only a write that is known to have come through makes a leader, from `asked` on.
  void WriteDone(const absl::StatusOr<Lease>& result, SteadyTime asked, SteadyTime now, double jitter);

  // What to write so that a successor need not wait; empty when the record is not ours.
  std::optional<Lease> Release(WallTime wall) const;

  bool Leading(SteadyTime now) const { return leading_until_ && now < *leading_until_; }
  // We, or another one whose record is not abandoned.
  bool SomebodyLeads(SteadyTime now) const;
  // Of the record that was seen last; empty: none, or nobody's.
  std::string holder() const { return observed_ ? observed_->holder : ""; }

  // From one look at the record, or one renewal, to the next: five in a lease's duration, as client-go does by default
  // (15 s and 2 s, rounded).
  Duration period() const { return options_.duration / 5; }
  // After a failed call; short, as a recovered API server is to be made use of at once.
  Duration retry() const;

 private:
  // Written by this candidate, not by another one of the same name.
  bool IsOurs(const Lease& lease) const;
  bool Abandoned(SteadyTime now) const;
  // How long the observed record holds without a change.
  Duration TermOfObserved() const;
  void ReadAfter(SteadyTime due);

  const ElectionOptions options_;
  // The record, and when it was seen to be another one than before. Kept when the record is deleted.
  std::optional<Lease> observed_;
  SteadyTime observed_at_;
  // The record does not exist.
  bool missing_ = false;
  // Our last write that is known to have come through, and the last one at all: its answer may have been lost.
  std::optional<Lease> written_;
  std::optional<Lease> attempt_;
  std::optional<SteadyTime> leading_until_;
  // The next call, and not before when.
  bool writes_next_ = false;
  SteadyTime due_;
};

}  // namespace locus::kube
