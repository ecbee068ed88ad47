#include "locusctl/caches/several_at_once.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace locus::ctl {

void SeveralAtOnce(size_t count, const std::function<void(size_t)>& call) {
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) call(i);
  };
  std::vector<std::thread> threads;
  for (size_t i = 0; i < std::min(kCallsAtOnce, count); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace locus::ctl
