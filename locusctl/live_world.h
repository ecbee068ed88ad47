// The world around a verb that stays on the screen.
#pragma once

#include <functional>

#include "common/clock.h"
#include "locusctl/watch_screen.h"

namespace locus::ctl {

struct LiveWorld {
  const Clock& clock;
  // Whether the user wants to end it.
  std::function<bool()> stop_asked;
  // The terminal as it is now.
  std::function<Window()> window;
  // Waits that long.
  std::function<void(Duration)> wait;
};

}  // namespace locus::ctl
