#include "common/file_keeper.h"

#include <utility>

namespace locus {

void FileKeeper::Add(std::function<void()> look) {
  MutexLock lock(mutex_);
  if (stopped_) return;
  looks_.push_back(std::move(look));
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void FileKeeper::Stop() {
  {
    MutexLock lock(mutex_);
    stopped_ = true;
  }
  stop_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void FileKeeper::Run() {
  for (;;) {
    std::vector<std::function<void()>> looks;
    {
      MutexLock lock(mutex_);
      if (stop_.WaitFor(mutex_, interval_, [this] { return stopped_; })) return;
      looks = looks_;
    }
    for (const std::function<void()>& look : looks) look();
  }
}

}  // namespace locus
