#include "cache_worker/store/store_keeper.h"

#include <algorithm>

namespace locus::worker {
namespace {

// A folder's time to be tried again comes without anybody saying so.
constexpr Duration kLongestWait = std::chrono::seconds(1);

}  // namespace

void StoreKeeper::Start() {
  thread_ = std::thread([this] { Run(); });
}

void StoreKeeper::Stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  store_.Wake();
  thread_.join();
}

void StoreKeeper::Run() {
  const Duration wait = std::min(kLongestWait, store_.options().folder_retry);
  while (!stopping_) {
    store_.Maintain(clock_.Now(), stopping_);
    if (!stopping_) store_.WaitForWork(wait);
  }
}

}  // namespace locus::worker
