// A disk in memory that remembers what was synced, can lose the rest, and counts what lies on it at most.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cache_worker/store/file_system.h"
#include "common/mutex.h"
#include "common/status.h"

namespace locus::worker {

// Thread-safe.
class FakeFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
    MutexLock lock(mutex_);
    const auto found = files_.find(path);
    if (found == files_.end()) return NotFound("no file " + path);
    return std::make_unique<Reader>(*this, found->second);
  }
  absl::StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    MutexLock lock(mutex_);
    if (!HasFolder(Above(path))) return NotFound("no folder for " + path);
    files_[path] = std::make_shared<Node>();
    files_[path]->modified_ns = ++time_;
    return std::make_unique<Writer>(*this, files_[path]);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    MutexLock lock(mutex_);
    const auto found = files_.find(from);
    if (found == files_.end() || !HasFolder(Above(to))) return NotFound("cannot rename " + from);
    const std::shared_ptr<Node> node = found->second;
    files_.erase(found);
    files_[to] = node;
    return absl::OkStatus();
  }
  absl::Status Remove(const std::string& path) override {
    MutexLock lock(mutex_);
    return files_.erase(path) == 1 ? absl::OkStatus() : NotFound("no file " + path);
  }
  absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) override {
    MutexLock lock(mutex_);
    if (!HasFolder(folder)) return NotFound("no folder " + folder);
    std::vector<FolderEntry> entries;
    for (const std::string& f : folders_) {
      if (Above(f) == folder) entries.push_back({f.substr(folder.size() + 1), true, 0, 0});
    }
    for (const auto& [path, node] : files_) {
      if (Above(path) != folder) continue;
      entries.push_back({path.substr(folder.size() + 1), false, node->bytes.size(), node->modified_ns});
    }
    return entries;
  }
  absl::Status MakeFolder(const std::string& folder) override {
    MutexLock lock(mutex_);
    for (std::string f = folder; !f.empty(); f = Above(f)) folders_.insert(f);
    return absl::OkStatus();
  }
  absl::Status SyncFolder(const std::string&) override { return absl::OkStatus(); }
  absl::StatusOr<std::unique_ptr<FolderLock>> Lock(const std::string& path) override {
    MutexLock lock(mutex_);
    if (!locks_.insert(path).second) return absl::AlreadyExistsError("locked");
    files_.emplace(path, std::make_shared<Node>());
    return std::make_unique<HeldLock>(*this, path);
  }

  // Power cut: what was not synced is lost; files keep their names. `zeroed`: with their lengths, the lost bytes are 0
  // (as ext4 may show it); else they end where the sync ended.
  void Crash(bool zeroed) {
    MutexLock lock(mutex_);
    for (auto& [path, node] : files_) {
      const size_t length = node->bytes.size();
      node->bytes.resize(std::min(length, node->synced));
      if (zeroed) node->bytes.resize(length, '\0');
    }
    locks_.clear();
  }
  void Flip(const std::string& path, size_t offset) {
    MutexLock lock(mutex_);
    files_.at(path)->bytes.at(offset) ^= 0x40;
  }
  void Put(const std::string& path, const std::string& bytes) {
    MutexLock lock(mutex_);
    for (std::string f = Above(path); !f.empty(); f = Above(f)) folders_.insert(f);
    files_[path] = std::make_shared<Node>();
    files_[path]->bytes = bytes;
    files_[path]->modified_ns = ++time_;
  }
  std::string Get(const std::string& path) {
    MutexLock lock(mutex_);
    return files_.at(path)->bytes;
  }
  // Paths of all files below the folder, sorted.
  std::vector<std::string> Below(const std::string& folder) {
    MutexLock lock(mutex_);
    std::vector<std::string> paths;
    for (const auto& [path, node] : files_) {
      if (path.compare(0, folder.size() + 1, folder + "/") == 0) paths.push_back(path);
    }
    return paths;
  }
  // The most bytes that ever lay below the folder at one moment.
  uint64_t PeakBytes(const std::string& folder) {
    MutexLock lock(mutex_);
    return peaks_[folder];
  }
  // From now on.
  void WatchPeak(const std::string& folder) {
    MutexLock lock(mutex_);
    peaks_[folder] = 0;
  }
  int open_readers() {
    MutexLock lock(mutex_);
    return open_readers_;
  }

 private:
  struct Node {
    std::string bytes;
    size_t synced = 0;
    int64_t modified_ns = 0;
  };
  class Reader final : public ReadableFile {
   public:
    Reader(FakeFileSystem& owner, std::shared_ptr<Node> node) : owner_(owner), node_(std::move(node)) {
      ++owner_.open_readers_;
    }
    ~Reader() override {
      MutexLock lock(owner_.mutex_);
      --owner_.open_readers_;
    }
    absl::StatusOr<uint64_t> Size() override {
      MutexLock lock(owner_.mutex_);
      return node_->bytes.size();
    }
    absl::Status ReadAt(uint64_t offset, size_t size, char* to) override {
      MutexLock lock(owner_.mutex_);
      if (offset + size > node_->bytes.size()) return absl::DataLossError("short");
      std::copy_n(node_->bytes.begin() + static_cast<std::ptrdiff_t>(offset), size, to);
      return absl::OkStatus();
    }
    // Of a copy of what the file holds now.
    absl::StatusOr<Descriptor> Duplicate() override {
      MutexLock lock(owner_.mutex_);
      Descriptor descriptor(::memfd_create("fake", MFD_CLOEXEC));
      const auto written = ::pwrite(descriptor.get(), node_->bytes.data(), node_->bytes.size(), 0);
      if (written != static_cast<ssize_t>(node_->bytes.size())) return Unavailable("no memory file");
      return descriptor;
    }

   private:
    FakeFileSystem& owner_;
    const std::shared_ptr<Node> node_;
  };
  class Writer final : public WritableFile {
   public:
    Writer(FakeFileSystem& owner, std::shared_ptr<Node> node) : owner_(owner), node_(std::move(node)) {}
    absl::Status Append(std::string_view bytes) override {
      MutexLock lock(owner_.mutex_);
      node_->bytes += bytes;
      owner_.NotePeaks();
      return absl::OkStatus();
    }
    absl::Status Sync() override {
      MutexLock lock(owner_.mutex_);
      node_->synced = node_->bytes.size();
      return absl::OkStatus();
    }
    absl::Status Close() override { return absl::OkStatus(); }

   private:
    FakeFileSystem& owner_;
    const std::shared_ptr<Node> node_;
  };
  class HeldLock final : public FolderLock {
   public:
    HeldLock(FakeFileSystem& owner, std::string path) : owner_(owner), path_(std::move(path)) {}
    ~HeldLock() override {
      MutexLock lock(owner_.mutex_);
      owner_.locks_.erase(path_);
    }

   private:
    FakeFileSystem& owner_;
    const std::string path_;
  };

  static std::string Above(const std::string& path) { return path.substr(0, path.rfind('/')); }
  bool HasFolder(const std::string& folder) const { return folders_.count(folder) != 0; }
  void NotePeaks() {
    for (auto& [folder, peak] : peaks_) {
      uint64_t bytes = 0;
      for (const auto& [path, node] : files_) {
        if (path.compare(0, folder.size() + 1, folder + "/") == 0) bytes += node->bytes.size();
      }
      peak = std::max(peak, bytes);
    }
  }

  Mutex mutex_;
  std::map<std::string, std::shared_ptr<Node>> files_;
  std::set<std::string> folders_;
  std::set<std::string> locks_;
  std::map<std::string, uint64_t> peaks_;
  int64_t time_ = 0;
  int open_readers_ = 0;
};

}  // namespace locus::worker
