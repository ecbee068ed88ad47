// Which samples of blocks are kept, and which input is to be sampled next. Pure bookkeeping.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "extender/locality/block_sample.h"
#include "extender/locality/picture.h"

namespace locus::extender {

// The copies of an input overlap when its nodes hold more than this many times its cached bytes: below it a sample
// would tell nothing that the picture does not.
inline constexpr double kOverlapFrom = 1.02;
// A picture is another one when the cached bytes, or those of any node, differ by more than this part of the cached
// bytes.
inline constexpr double kMaterialChange = 0.02;
// An input is sampled at most once in this time: each sample makes locus-meta walk over the input's blocks, and the
// picture of a cache that warms up changes ten times a second.
inline constexpr Duration kSampleInterval = std::chrono::seconds(2);
// Pause of an input after its first failure; it doubles up to the second figure.
inline constexpr Duration kFailedPause = std::chrono::seconds(2);
inline constexpr Duration kFailedPauseMax = std::chrono::minutes(1);
// Pause of all inputs when locus-meta is away.
inline constexpr Duration kAwayPause = std::chrono::seconds(1);
// ... and when it is too old to know of samples: it will not learn that without a restart.
inline constexpr Duration kTooOldPause = std::chrono::minutes(1);
// A sample of a picture that has changed since is used for this long: then none is better than a wrong one.
inline constexpr Duration kOutdatedFor = std::chrono::seconds(30);
// What nobody has asked for in this time is not worth a call any more.
inline constexpr Duration kAskedLately = std::chrono::minutes(1);

// Whether copies of the same block lie on several nodes.
bool CopiesOverlap(const InputPicture& picture);
// Whether a sample of one picture is no sample of the other.
bool DiffersMaterially(const InputPicture& before, const InputPicture& now);

// Everything happens on questions: an input that no pod asks for costs nothing. Times are handed in and never go back.
// Not thread-safe.
class SampleTable {
 public:
  // Keeps the samples of the `max_inputs` inputs that were asked for last, and fewer when they would take more than
  // about `max_bytes`.
  SampleTable(size_t max_inputs, size_t max_bytes) : max_inputs_(max_inputs), max_bytes_(max_bytes) {}

  // A pod asks for this input: what is known of its blocks. Lines the input up when its sample is missing or of another
  // picture. Null while there is no sample, and when no block lies on two nodes.
  std::shared_ptr<const BlockSample> Ask(const std::shared_ptr<const InputPicture>& picture, SteadyTime now);

  // The input that has waited longest; its call is under way until Done. Nothing when no input waits.
  std::optional<std::string> Next(SteadyTime now);
  bool HasNext() const { return !waiting_.empty(); }
  // How the call for an input ended. When the input was forgotten meanwhile, the sample is dropped. After UNAVAILABLE
  // and UNIMPLEMENTED all inputs pause, and those in line are to be asked for again.
  void Done(const std::string& input, absl::StatusOr<BlockSample> sample, SteadyTime now);

  size_t size() const { return entries_.size(); }
  size_t waiting() const { return waiting_.size(); }
  // Of all samples.
  size_t bytes() const { return bytes_; }
  // Inputs that had to make room, since the start.
  uint64_t evicted() const { return evicted_; }

 private:
  struct Entry {
    std::shared_ptr<const BlockSample> sample;
    size_t bytes = 0;
    // The newest picture, and the one that `sample` was asked for by; null: never.
    std::shared_ptr<const InputPicture> picture;
    std::shared_ptr<const InputPicture> sampled;
    // The picture that the call under way was begun with.
    std::shared_ptr<const InputPicture> calling;
    // Set while `picture` differs materially from `sampled`.
    std::optional<SteadyTime> outdated_since;
    // The picture that was compared last: comparing costs O(nodes).
    std::shared_ptr<const InputPicture> compared;
    SteadyTime last_asked;
    SteadyTime not_before;
    Duration next_pause = kFailedPause;
    bool waits = false;
    // In recent_.
    std::list<std::string>::iterator place;
  };

  Entry& Make(const std::string& input);
  // Takes away the input that was asked for longest ago.
  void MakeRoom();
  void Compare(Entry* entry, SteadyTime now) const;
  void PauseAll(SteadyTime until);

  const size_t max_inputs_;
  const size_t max_bytes_;
  std::unordered_map<std::string, Entry> entries_;
  // Asked for last in front.
  std::list<std::string> recent_;
  std::deque<std::string> waiting_;
  std::optional<SteadyTime> paused_until_;
  size_t bytes_ = 0;
  uint64_t evicted_ = 0;
};

}  // namespace locus::extender
