// Waiting for what another thread does, with a bound.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "common/clock.h"

namespace locus::meta {

// Asks until it is true; false after 20 s.
inline bool Eventually(const std::function<bool()>& condition) {
  const SystemClock clock;
  for (const SteadyTime end = clock.Now() + std::chrono::seconds(20); clock.Now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

}  // namespace locus::meta
