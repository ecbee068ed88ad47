// Waiting for something that another thread or process does, with a bound.
#pragma once

#include <chrono>
#include <thread>

namespace locus {

// True as soon as `condition` holds; false when it does not within twenty seconds.
template <typename Condition>
bool Eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace locus
