// Looks after files that others replace while we run: certificates, tokens.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"

namespace locus {

// Calls what was added, one after the other on a thread of its own, once an interval. Thread-safe.
//
// A look reads the files anew and compares their texts: kubelet exchanges a folder by a symbolic link two levels up,
// editors rename, others write in place, and network file systems tell nobody. A few small files a second cost nothing.
class FileKeeper {
 public:
  explicit FileKeeper(Duration interval = std::chrono::seconds(1)) : interval_(interval) {}
  // Stops.
  ~FileKeeper() { Stop(); }
  FileKeeper(const FileKeeper&) = delete;
  FileKeeper& operator=(const FileKeeper&) = delete;

  // `look` must be callable until Stop. The first call starts the thread.
  void Add(std::function<void()> look);
  // Idempotent; waits for a look that is under way.
  void Stop();

 private:
  void Run();

  const Duration interval_;
  Mutex mutex_;
  CondVar stop_;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::vector<std::function<void()>> looks_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace locus
