// locusctl watch URI...: how caches fill, while they do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "locusctl/locality_watch.h"
#include "locusctl/output.h"
#include "locusctl/watch_screen.h"

namespace locus::ctl {

struct WatchOptions {
  std::vector<std::string> inputs;
  // Ends when this part of every input is cached, 0 to 1.
  std::optional<double> until;
  // Ends after this time.
  std::optional<Duration> at_most;
  // For the first picture.
  Duration timeout = std::chrono::seconds(5);
  // Redraws in place instead of writing a line for each change.
  bool live = false;
  uint64_t seed = 0;
};

// The world around a watch.
struct WatchWorld {
  const Clock& clock;
  // Whether the user wants to end it.
  std::function<bool()> stop_asked;
  // The terminal as it is now.
  std::function<Window()> window;
};

// Follows the inputs until one of the ends in `options`, or until the user ends it. Says once a second that somebody
// waits, so that locus-meta asks its sources often. A stream that breaks is opened again, and it says so.
//
// kOk; kNegative when at_most was over before `until`; as other verbs when the first picture does not come.
int RunWatch(const WatchOptions& options, LocalityWatch& watch, const WatchWorld& world, const Output& output);

}  // namespace locus::ctl
