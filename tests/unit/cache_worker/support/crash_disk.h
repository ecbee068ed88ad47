// A disk in memory that stops at a call, as when the process is killed or the power fails, and then shows what may be
// left.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cache_worker/store/file_system.h"
#include "common/mutex.h"
#include "common/status.h"

namespace locus::worker {

// The model: appended bytes are safe after Sync of their file; a name that is made, moved or removed is so for good
// after SyncFolder of its folder. After a power cut each change that is not safe has happened or not, independent of
// all others: a file may have both names of a rename or none, a removed one may be back, and of bytes that were not
// synced any may be missing, zero or something else. That is more than any one file system does. The folders that
// exist when the disk is made (mount points) are safe.
//
// Thread-safe.
class CrashDisk final : public FileSystem {
 public:
  explicit CrashDisk(const std::vector<std::string>& mount_points) {
    for (const std::string& folder : mount_points) {
      for (std::string f = folder; !f.empty(); f = Above(f)) folders_.insert(f);
    }
    safe_folders_ = folders_;
    for (const std::string& folder : mount_points) peaks_[folder] = 0;
  }

  // The call of this number from now on (1: the next one) is the last: it does its work, or not, or an Append part of
  // it, as `seed` says, and fails. All later ones do nothing and fail. 0: none is.
  void StopAt(uint64_t call, uint64_t seed) {
    MutexLock lock(mutex_);
    calls_ = 0;
    stop_at_ = call;
    random_.seed(seed);
  }
  // Now.
  void Stop() {
    MutexLock lock(mutex_);
    stopped_ = true;
  }
  bool stopped() {
    MutexLock lock(mutex_);
    return stopped_;
  }

  // What a new process finds after the old one was killed: all that was written. Calls work again.
  void Kill() {
    MutexLock lock(mutex_);
    Revive();
  }
  // What it finds after a power cut.
  void CutPower(uint64_t seed) {
    MutexLock lock(mutex_);
    random_.seed(seed);
    for (const Change& change : changes_) {
      if (Coin()) Apply(change);
    }
    changes_.clear();
    folders_.clear();
    for (const std::string& folder : safe_folders_) {
      // Above comes before it in this order.
      if (Above(folder).empty() || folders_.count(Above(folder)) != 0) folders_.insert(folder);
    }
    safe_folders_ = folders_;
    for (auto at = safe_names_.begin(); at != safe_names_.end();) {
      at = folders_.count(Above(at->first)) == 0 ? safe_names_.erase(at) : std::next(at);
    }
    std::set<Node*> damaged;
    for (const auto& [path, node] : safe_names_) {
      if (damaged.insert(node.get()).second) Damage(*node);
    }
    names_ = safe_names_;
    Revive();
  }

  // The most bytes that lay below the mount point at any time, without the file by which the store tries a folder.
  uint64_t Peak(const std::string& mount_point) {
    MutexLock lock(mutex_);
    return peaks_.at(mount_point);
  }
  // Paths of all files below the folder, with their sizes.
  std::map<std::string, uint64_t> Below(const std::string& folder) {
    MutexLock lock(mutex_);
    std::map<std::string, uint64_t> found;
    for (const auto& [path, node] : names_) {
      if (path.compare(0, folder.size() + 1, folder + "/") == 0) found[path] = node->bytes.size();
    }
    return found;
  }

  absl::StatusOr<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
    MutexLock lock(mutex_);
    if (Step() != Fate::kLives) return Dead();
    const auto found = names_.find(path);
    if (found == names_.end()) return NotFound("no file " + path);
    return std::make_unique<Reader>(*this, found->second);
  }
  absl::StatusOr<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    MutexLock lock(mutex_);
    const Fate fate = Step();
    if (fate == Fate::kDead) return Dead();
    if (folders_.count(Above(path)) == 0) return NotFound("no folder for " + path);
    auto node = std::make_shared<Node>();
    node->modified_ns = ++time_;
    Note({Change::kName, path, node});
    if (fate != Fate::kLives) return Dead();
    return std::make_unique<Writer>(*this, node);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    MutexLock lock(mutex_);
    const Fate fate = Step();
    if (fate == Fate::kDead) return Dead();
    const auto found = names_.find(from);
    if (found == names_.end() || folders_.count(Above(to)) == 0) return NotFound("cannot rename " + from);
    const std::shared_ptr<Node> node = found->second;
    Note({Change::kName, to, node});
    Note({Change::kNoName, from, nullptr});
    return fate == Fate::kLives ? absl::OkStatus() : Dead();
  }
  absl::Status Remove(const std::string& path) override {
    MutexLock lock(mutex_);
    const Fate fate = Step();
    if (fate == Fate::kDead) return Dead();
    if (names_.count(path) == 0) return NotFound("no file " + path);
    Note({Change::kNoName, path, nullptr});
    return fate == Fate::kLives ? absl::OkStatus() : Dead();
  }
  absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) override {
    MutexLock lock(mutex_);
    if (Step() != Fate::kLives) return Dead();
    if (folders_.count(folder) == 0) return NotFound("no folder " + folder);
    std::vector<FolderEntry> entries;
    for (const std::string& f : folders_) {
      if (Above(f) == folder) entries.push_back({f.substr(folder.size() + 1), true, 0, 0});
    }
    for (const auto& [path, node] : names_) {
      if (Above(path) != folder) continue;
      entries.push_back({path.substr(folder.size() + 1), false, node->bytes.size(), node->modified_ns});
    }
    return entries;
  }
  absl::Status MakeFolder(const std::string& folder) override {
    MutexLock lock(mutex_);
    const Fate fate = Step();
    if (fate == Fate::kDead) return Dead();
    std::vector<std::string> missing;
    for (std::string f = folder; !f.empty() && folders_.count(f) == 0; f = Above(f)) missing.push_back(f);
    for (auto f = missing.rbegin(); f != missing.rend(); ++f) Note({Change::kFolder, *f, nullptr});
    return fate == Fate::kLives ? absl::OkStatus() : Dead();
  }
  absl::Status SyncFolder(const std::string& folder) override {
    MutexLock lock(mutex_);
    const Fate fate = Step();
    if (fate == Fate::kDead) return Dead();
    if (folders_.count(folder) == 0) return NotFound("no folder " + folder);
    std::vector<Change> later;
    for (const Change& change : changes_) Above(change.path) == folder ? Apply(change) : later.push_back(change);
    changes_ = std::move(later);
    return fate == Fate::kLives ? absl::OkStatus() : Dead();
  }
  absl::StatusOr<std::unique_ptr<FolderLock>> Lock(const std::string& path) override {
    MutexLock lock(mutex_);
    if (Step() != Fate::kLives) return Dead();
    if (!locks_.insert(path).second) return absl::AlreadyExistsError("locked");
    if (names_.count(path) == 0) Note({Change::kName, path, std::make_shared<Node>()});
    return std::make_unique<HeldLock>(*this, path);
  }

 private:
  // Of a call: it works; it is the last one and works, but nobody hears of it; it comes after the end.
  enum class Fate { kLives, kLast, kDead };
  struct Node {
    std::string bytes;
    size_t synced = 0;
    int64_t modified_ns = 0;
  };
  // A name that is made or replaced, a name that is removed, a folder that is made.
  struct Change {
    enum Kind { kName, kNoName, kFolder } kind;
    std::string path;
    std::shared_ptr<Node> node;
  };
  class Reader final : public ReadableFile {
   public:
    Reader(CrashDisk& disk, std::shared_ptr<Node> node) : disk_(disk), node_(std::move(node)) {}
    absl::StatusOr<uint64_t> Size() override {
      MutexLock lock(disk_.mutex_);
      if (disk_.Step() != Fate::kLives) return disk_.Dead();
      return node_->bytes.size();
    }
    absl::Status ReadAt(uint64_t offset, size_t size, char* to) override {
      MutexLock lock(disk_.mutex_);
      if (disk_.Step() != Fate::kLives) return disk_.Dead();
      if (offset + size > node_->bytes.size()) return absl::DataLossError("short");
      node_->bytes.copy(to, size, offset);
      return absl::OkStatus();
    }

   private:
    CrashDisk& disk_;
    const std::shared_ptr<Node> node_;
  };
  class Writer final : public WritableFile {
   public:
    Writer(CrashDisk& disk, std::shared_ptr<Node> node) : disk_(disk), node_(std::move(node)) {}
    absl::Status Append(std::string_view bytes) override {
      MutexLock lock(disk_.mutex_);
      const Fate fate = disk_.Step();
      if (fate == Fate::kDead) return disk_.Dead();
      node_->bytes += fate == Fate::kLast ? bytes.substr(0, disk_.Below(bytes.size() + 1)) : bytes;
      disk_.NotePeaks();
      return fate == Fate::kLives ? absl::OkStatus() : disk_.Dead();
    }
    absl::Status Sync() override {
      MutexLock lock(disk_.mutex_);
      const Fate fate = disk_.Step();
      if (fate == Fate::kDead) return disk_.Dead();
      node_->synced = node_->bytes.size();
      return fate == Fate::kLives ? absl::OkStatus() : disk_.Dead();
    }
    absl::Status Close() override {
      MutexLock lock(disk_.mutex_);
      return disk_.Step() == Fate::kLives ? absl::OkStatus() : disk_.Dead();
    }

   private:
    CrashDisk& disk_;
    const std::shared_ptr<Node> node_;
  };
  class HeldLock final : public FolderLock {
   public:
    HeldLock(CrashDisk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
    ~HeldLock() override {
      MutexLock lock(disk_.mutex_);
      disk_.locks_.erase(path_);
    }

   private:
    CrashDisk& disk_;
    const std::string path_;
  };

  static std::string Above(const std::string& path) { return path.substr(0, path.rfind('/')); }
  static absl::Status Dead() { return absl::UnavailableError("the machine has stopped"); }
  size_t Below(size_t n) { return static_cast<size_t>(random_() % n); }
  bool Coin() { return random_() % 2 == 0; }

  Fate Step() {
    ++calls_;
    if (stopped_) return Fate::kDead;
    if (calls_ != stop_at_) return Fate::kLives;
    stopped_ = true;
    return Coin() ? Fate::kLast : Fate::kDead;
  }
  void Revive() {
    locks_.clear();
    stopped_ = false;
    stop_at_ = 0;
  }
  void Note(const Change& change) {
    Do(change, names_, folders_);
    changes_.push_back(change);
  }
  void Apply(const Change& change) { Do(change, safe_names_, safe_folders_); }
  static void Do(const Change& change, std::map<std::string, std::shared_ptr<Node>>& names,
                 std::set<std::string>& folders) {
    switch (change.kind) {
      case Change::kName: names[change.path] = change.node; break;
      case Change::kNoName: names.erase(change.path); break;
      case Change::kFolder: folders.insert(change.path); break;
    }
  }
  void NotePeaks() {
    for (auto& [folder, peak] : peaks_) {
      uint64_t bytes = 0;
      for (const auto& [path, node] : names_) {
        if (path.compare(0, folder.size() + 1, folder + "/") == 0 && path != folder + "/tmp/probe") {
          bytes += node->bytes.size();
        }
      }
      peak = std::max(peak, bytes);
    }
  }
  // What a power cut makes of the bytes that were not synced.
  void Damage(Node& node) {
    const size_t whole = node.bytes.size();
    const size_t from = node.synced + Below(whole - node.synced + 1);
    switch (Below(5)) {
      case 0: node.bytes.resize(node.synced); break;
      case 1: break;
      case 2: node.bytes.resize(from); break;
      case 3: std::fill(node.bytes.begin() + static_cast<std::ptrdiff_t>(from), node.bytes.end(), '\0'); break;
      default:
        for (size_t at = node.synced; at < whole; at += 512 - at % 512) {
          if (!Coin()) continue;
          const auto value = static_cast<char>(random_());
          for (size_t i = at; i < std::min(whole, at + 512 - at % 512); ++i) node.bytes[i] = value;
        }
    }
    node.synced = node.bytes.size();
  }

  Mutex mutex_;
  std::mt19937_64 random_;
  std::map<std::string, std::shared_ptr<Node>> names_;
  std::set<std::string> folders_;
  // What a power cut leaves for certain, and the changes since, in order.
  std::map<std::string, std::shared_ptr<Node>> safe_names_;
  std::set<std::string> safe_folders_;
  std::vector<Change> changes_;
  std::set<std::string> locks_;
  std::map<std::string, uint64_t> peaks_;
  int64_t time_ = 0;
  uint64_t calls_ = 0;
  uint64_t stop_at_ = 0;
  bool stopped_ = false;
};

}  // namespace locus::worker
