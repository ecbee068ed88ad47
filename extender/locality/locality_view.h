// What the extender needs to know of data and nodes, answered from memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "extender/locality/block_sample.h"
#include "extender/locality/picture.h"

namespace locus::extender {

// How good the news behind an answer is.
struct LocalityNews {
  // A stream to locus-meta is open.
  bool connected = false;
  // Anything was ever heard from locus-meta.
  bool heard = false;
  // Since the last message; meaningless before the first.
  Duration age{0};
  // What that message said of its own sources: since the oldest of them was heard.
  Duration source_age{0};
  // locus-meta serves a picture that it knows to be out of date.
  bool stale = false;
  // Identity and counter of the picture (proto/locus/v1/types.proto, Freshness).
  uint64_t run = 0;
  uint64_t epoch = 0;
};

struct LocalityAnswer {
  LocalityNews news;
  // One for each input of the question, in its order; never null.
  std::vector<std::shared_ptr<const InputPicture>> inputs;
  // Beside `inputs`: how far the copies on several nodes are the same blocks. Null while it is not known, or when no
  // block lies on two nodes.
  std::vector<std::shared_ptr<const BlockSample>> samples;
  // Never null.
  std::shared_ptr<const NodeLoads> loads;
};

// All that is known here, for people.
struct FollowedInputs {
  // How many inputs are followed; of those without an answer, and of those whose answer is too old to be used, there is
  // no picture.
  size_t followed = 0;
  // In no order; never null.
  std::vector<std::shared_ptr<const InputPicture>> pictures;
  // Never null.
  std::shared_ptr<const NodeLoads> loads;
};

// Thread-safe.
class LocalityView {
 public:
  virtual ~LocalityView() = default;

  // The present pictures of `inputs`. One that is not followed yet is followed from now on, and its first picture is
  // waited for at most `budget` (0: not at all), once: later calls find it or learn at once that it is still pending.
  // Never waits while locus-meta cannot be reached.
  virtual LocalityAnswer Look(const std::vector<std::string>& inputs, Duration budget) = 0;

  virtual LocalityNews News() const = 0;

  // Nothing counts as asked for by it. O(followed inputs).
  virtual FollowedInputs Followed() const = 0;
};

}  // namespace locus::extender
