// Which inputs are followed, what is known of each, and what the stream to locus-meta must still be told. Pure
// bookkeeping.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/clock.h"
#include "extender/locality/picture.h"

namespace locus::extender {

struct InterestLimits {
  // Inputs followed at once.
  size_t max_inputs = 10000;
  // An input that nobody asks for is forgotten after this time.
  Duration ttl = std::chrono::hours(1);
  // A picture that the present stream has not confirmed counts for this long.
  Duration max_age = std::chrono::seconds(10);
};

// How often locus-meta is told that pods ask for an input (WatchLocalityRequest.wanted).
inline constexpr Duration kWantInterval = std::chrono::seconds(1);

// Times are handed in and never go back. Not thread-safe.
class InterestTable {
 public:
  explicit InterestTable(InterestLimits limits) : limits_(limits) {}

  enum class Asked {
    kFollowed,  // known here before
    kAdded,     // followed from now on
    kFull,      // refused: max_inputs, also after forgetting what is past its time
  };
  // Somebody wants to know about `input`.
  Asked Ask(const std::string& input, SteadyTime now);

  // The picture of a followed input; null before its first answer, and when the picture is unconfirmed for too long.
  // The answer PENDING counts as none.
  std::shared_ptr<const InputPicture> Find(const std::string& input, SteadyTime now) const;

  // What Find would give of all that are followed, in no order, without the nulls.
  std::vector<std::shared_ptr<const InputPicture>> Pictures(SteadyTime now) const;

  // Until when a question may wait for the first picture of `input`: `now + budget` at the first question with a
  // budget, the same moment ever after. Empty when it is not followed.
  std::optional<SteadyTime> WaitUntil(const std::string& input, SteadyTime now, Duration budget);

  // News from the stream; about an input that is not followed (any more) it is dropped. PENDING never replaces a
  // picture, it only stops confirming it: a locus-meta that has just restarted knows nothing yet.
  void Apply(std::shared_ptr<const InputPicture> picture, SteadyTime now);

  // A new stream knows no input: all are to be added again, and their pictures are unconfirmed since `last_heard`.
  void BeginStream(SteadyTime last_heard);
  // Without a stream nothing is noted for it: the next one starts from the whole table.
  void EndStream();

  // Forgets inputs past their time. Returns how many.
  size_t Expire(SteadyTime now);

  bool HasChanges() const { return !to_add_.empty() || !to_remove_.empty() || !to_want_.empty(); }
  struct Changes {
    std::vector<std::string> add;
    std::vector<std::string> remove;
    // Inputs that pods have asked for since they were last in here.
    std::vector<std::string> wanted;
  };
  // The next message for the stream: removals before additions and never both, so that an input that is forgotten and
  // asked for again keeps its order; then what is wanted, each input at most once in kWantInterval. At most
  // `max_inputs` inputs and about `max_bytes` bytes of each kind.
  Changes TakeChanges(size_t max_inputs, size_t max_bytes);

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::shared_ptr<const InputPicture> picture;
    SteadyTime last_asked;
    std::optional<SteadyTime> wait_until;
    // Set while the stream has not confirmed `picture`.
    std::optional<SteadyTime> unconfirmed_since;
    // When it was last put among `wanted`; a new one is wanted by being added.
    SteadyTime wanted;
    // It is in to_want_: a stream that takes nothing must not make that grow.
    bool want_waits = false;
  };

  std::shared_ptr<const InputPicture> Usable(const Entry& entry, SteadyTime now) const;

  const InterestLimits limits_;
  bool streaming_ = false;
  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::string> to_add_;
  std::deque<std::string> to_remove_;
  std::deque<std::string> to_want_;
  // A full table is searched for old entries at most once in a while.
  std::optional<SteadyTime> full_since_;
};

}  // namespace locus::extender
