// An under-store in memory.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cache_worker/origin/origin.h"
#include "cache_worker/origin/path.h"
#include "common/mutex.h"
#include "common/status.h"

namespace locus::worker {

// Bytes that tell where they stand: any mix-up of ranges or files shows.
inline std::string PatternBytes(size_t size, uint32_t seed) {
  std::string bytes(size, '\0');
  uint32_t x = seed * 2654435761u + 1;
  for (char& c : bytes) {
    x = x * 1664525u + 1013904223u;
    c = static_cast<char>(x >> 24);
  }
  return bytes;
}

// Thread-safe.
class FakeOrigin final : public Origin {
 public:
  void Put(const std::string& path, const std::string& bytes) {
    MutexLock lock(mutex_);
    files_[path] = {bytes, ++time_};
  }
  void Remove(const std::string& path) {
    MutexLock lock(mutex_);
    files_.erase(path);
  }
  // Called at the begin of each Read, without a lock held; it may change the origin or wait.
  void BeforeRead(std::function<void()> hook) {
    MutexLock lock(mutex_);
    before_read_ = std::move(hook);
  }
  // The same for List.
  void BeforeList(std::function<void()> hook) {
    MutexLock lock(mutex_);
    before_list_ = std::move(hook);
  }
  // What every call returns while it is not OK.
  void Fail(absl::Status status) {
    MutexLock lock(mutex_);
    failure_ = std::move(status);
  }
  int reads() {
    MutexLock lock(mutex_);
    return reads_;
  }
  int stats() {
    MutexLock lock(mutex_);
    return stats_;
  }
  int most_reads_at_once() {
    MutexLock lock(mutex_);
    return most_at_once_;
  }

  absl::StatusOr<OriginFile> Stat(const std::string& path) override {
    LOCUS_RETURN_IF_ERROR(CheckPath(path));
    MutexLock lock(mutex_);
    ++stats_;
    if (!failure_.ok()) return failure_;
    return StatLocked(path);
  }
  absl::Status List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) override {
    LOCUS_RETURN_IF_ERROR(CheckPath(path));
    std::function<void()> hook;
    {
      MutexLock lock(mutex_);
      hook = before_list_;
    }
    if (hook) hook();
    std::vector<OriginFile> found;
    {
      MutexLock lock(mutex_);
      if (!failure_.ok()) return failure_;
      for (const auto& [name, file] : files_) {
        if (IsAtOrBelow(name, path)) found.push_back({name, file.bytes.size(), file.modified_ns, 0});
      }
    }
    if (found.empty()) return NotFound("no such path: " + path);
    for (const OriginFile& file : found) {
      if (!visit(file)) break;
    }
    return absl::OkStatus();
  }
  absl::Status Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                        const std::function<bool(const std::string&)>& folder) override {
    const size_t below = path == "/" ? 1 : path.size() + 1;
    return List(path, [&](const OriginFile& found) {
      const size_t slash = found.path.size() > below ? found.path.find('/', below) : std::string::npos;
      return slash == std::string::npos ? file(found) : folder(found.path.substr(0, slash));
    });
  }
  absl::Status Read(const Content& file, uint64_t offset, size_t size, char* to) override {
    std::function<void()> hook;
    {
      MutexLock lock(mutex_);
      ++reads_;
      most_at_once_ = std::max(most_at_once_, ++at_once_);
      hook = before_read_;
    }
    if (hook) hook();
    MutexLock lock(mutex_);
    --at_once_;
    if (!failure_.ok()) return failure_;
    const absl::StatusOr<OriginFile> now = StatLocked(file.path);
    if (!now.ok() || FileIdOf(*now) != file.id) return absl::AbortedError("changed");
    files_.at(file.path).bytes.copy(to, size, offset);
    return absl::OkStatus();
  }

 private:
  struct File {
    std::string bytes;
    int64_t modified_ns = 0;
  };
  absl::StatusOr<OriginFile> StatLocked(const std::string& path) const {
    const auto found = files_.find(path);
    if (found == files_.end()) return NotFound("no such file: " + path);
    return OriginFile{path, found->second.bytes.size(), found->second.modified_ns, 0};
  }

  Mutex mutex_;
  std::map<std::string, File> files_;
  std::function<void()> before_read_;
  std::function<void()> before_list_;
  absl::Status failure_;
  int64_t time_ = 0;
  int stats_ = 0;
  int reads_ = 0;
  int at_once_ = 0;
  int most_at_once_ = 0;
};

}  // namespace locus::worker
