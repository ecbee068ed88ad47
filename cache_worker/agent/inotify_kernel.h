// Folders of this machine, watched with inotify(7).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cache_worker/agent/folder_kernel.h"

namespace locus::worker {

class InotifyKernel final : public FolderKernel {
 public:
  // RESOURCE_EXHAUSTED names the setting to raise when the user has no inotify instance left.
  static absl::StatusOr<std::unique_ptr<InotifyKernel>> Create();
  ~InotifyKernel() override;
  InotifyKernel(const InotifyKernel&) = delete;
  InotifyKernel& operator=(const InotifyKernel&) = delete;

  absl::StatusOr<WatchNumber> Watch(const std::string& path, WatchFor what) override;
  absl::StatusOr<WatchNumber> List(const std::string& path, const FoundFile& found) override;
  void Unwatch(WatchNumber watch) override;
  std::vector<KernelEvent> Read(Duration timeout) override;
  void Wake() override;
  std::optional<FileFigures> Look(const std::string& path) override;
  std::optional<uint64_t> SizeOfFileSystem(const std::string& path) override;

 private:
  InotifyKernel(int events, int wake) : events_(events), wake_(wake), buffer_(kBufferBytes) {}

  static constexpr size_t kBufferBytes = 128 << 10;

  // Adds what one read gives. Whether the last event is the first half of a move.
  bool ReadOnce(std::vector<KernelEvent>& events);
  // Whether there is something to read within `timeout`.
  bool Wait(Duration timeout);

  const int events_;
  const int wake_;
  std::vector<char> buffer_;
};

}  // namespace locus::worker
