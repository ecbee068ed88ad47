// The thread that takes part in an election by Lease.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "common/clock.h"
#include "common/mutex.h"
#include "kube/election_state.h"
#include "kube/writer.h"

namespace locus::kube {

struct ElectorOptions {
  // Of the Lease.
  std::string space;
  std::string name;
  ElectionOptions election;
  // How long Stop waits for the call under way and for the Lease to be given back.
  Duration release_within = std::chrono::seconds(2);
  // Of the jitter.
  uint64_t seed = 0;
};

// Thread-safe. A call of `writer` that hangs for longer than a third of the lease's duration costs the leadership: give
// it a deadline below that.
class Elector {
 public:
  // `on_change`, which may be empty, is called from the thread when it has learnt of another leader, or of none; never
  // after Stop. It must not call Stop. `clock` must outlive this.
  Elector(std::unique_ptr<Writer> writer, ElectorOptions options, const Clock& clock, std::function<void()> on_change);
  // Stops.
  ~Elector();
  Elector(const Elector&) = delete;
  Elector& operator=(const Elector&) = delete;

  // Once.
  void Start();
  // Gives the Lease back where it is ours, so that a successor need not wait; a further one does nothing.
  void Stop();

  // True is good for a moment only: ask before each act. It ends by the clock, also while a renewal hangs.
  bool Leading() const;
  // Anybody, as far as is known here.
  bool SomebodyLeads() const;
  // Who, by the record that was seen last; may be out of date.
  std::string holder() const;
  // Why the election makes no progress, and what to do; empty when the last call went well.
  std::string problem() const;

 private:
  void Run();
  void Read();
  void Write(const Lease& lease);
  void Release();
  // Takes note of the last call's error, and tells of a change of leader.
  void Note(const absl::Status& status);
  double Jitter() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  const std::unique_ptr<Writer> writer_;
  const ElectorOptions options_;
  const Clock& clock_;
  const std::function<void()> on_change_;

  // Of the thread alone.
  std::mt19937_64 random_;
  bool led_ = false;
  std::string told_holder_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool done_ GUARDED_BY(mutex_) = false;
  ElectionState state_ GUARDED_BY(mutex_);
  std::string problem_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace locus::kube
