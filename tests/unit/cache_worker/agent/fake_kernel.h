// A file system with inotify's behaviour, in memory: its queue is short on purpose, and a test may act in the middle of
// each call.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cache_worker/agent/folder_kernel.h"
#include "common/clock.h"
#include "common/status.h"

namespace locus::worker {

// Not thread-safe. Paths begin with '/'.
class FakeKernel final : public FolderKernel {
 public:
  FakeKernel(size_t queue_capacity, const Clock& clock) : capacity_(queue_capacity), clock_(clock) {}

  // What happens between two looks of the watcher. Called again and again in the middle of its calls.
  std::function<void()> meanwhile = [] {};
  // When set, every folder fails to open with it.
  absl::Status failure;

  // --- the world ---
  void MakeFolders(const std::string& path) {
    Node* at = &root_;
    for (const std::string& name : Split(path)) {
      if (at->children.count(name) == 0) {
        at->children[name] = std::make_shared<Node>();
        at->children[name]->folder = true;
        Tell(*at, KernelEvent::Kind::kCreated, name, true);
      }
      at = at->children[name].get();
    }
  }
  // A file that is being written, until Close.
  void Begin(const std::string& path) {
    Node* above = Parent(path);
    if (above == nullptr || above->children.count(Name(path)) != 0) return;
    above->children[Name(path)] = std::make_shared<Node>();
    above->children[Name(path)]->open = true;
    Tell(*above, KernelEvent::Kind::kCreated, Name(path));
  }
  void Close(const std::string& path, uint64_t bytes) {
    Node* file = Find(path);
    if (file == nullptr || file->folder || !file->open) return;
    file->open = false;
    file->bytes = bytes;
    Tell(*Parent(path), KernelEvent::Kind::kClosedAfterWrite, Name(path));
  }
  // A whole file, from a folder that nobody watches.
  void MoveIn(const std::string& path, uint64_t bytes) {
    Node* above = Parent(path);
    if (above == nullptr) return;
    above->children[Name(path)] = std::make_shared<Node>();
    above->children[Name(path)]->bytes = bytes;
    Tell(*above, KernelEvent::Kind::kMovedIn, Name(path));
  }
  void Move(const std::string& from, const std::string& to) {
    Node *source = Parent(from), *target = Parent(to);
    if (source == nullptr || target == nullptr || from == to || source->children.count(Name(from)) == 0) return;
    const std::shared_ptr<Node> moved = source->children[Name(from)];
    if (moved->open) return;
    source->children.erase(Name(from));
    target->children[Name(to)] = moved;
    Tell(*source, KernelEvent::Kind::kMovedOut, Name(from), moved->folder);
    Tell(*target, KernelEvent::Kind::kMovedIn, Name(to), moved->folder);
    if (moved->folder) TellSelf(*moved);
  }
  void Remove(const std::string& path) {
    Node* above = Parent(path);
    if (above == nullptr || above->children.count(Name(path)) == 0) return;
    const std::shared_ptr<Node> gone = above->children[Name(path)];
    while (!gone->children.empty()) Remove(path + "/" + gone->children.begin()->first);
    above->children.erase(Name(path));
    if (gone->folder) {
      TellSelf(*gone);
      gone->watch = -1;
    }
    Tell(*above, KernelEvent::Kind::kDeleted, Name(path), gone->folder);
  }
  // Another folder is at the path from now on, and nobody is told: a mount, or a rename further up.
  void Cover(const std::string& path, const std::vector<std::pair<std::string, uint64_t>>& files) {
    Node* above = Parent(path);
    if (above == nullptr) return;
    auto covering = std::make_shared<Node>();
    covering->folder = true;
    for (const auto& [name, bytes] : files) {
      covering->children[name] = std::make_shared<Node>();
      covering->children[name]->bytes = bytes;
    }
    covered_.push_back(above->children[Name(path)]);
    above->children[Name(path)] = covering;
  }
  // Loses what is queued, and says so.
  void Overflow() { queue_.assign(1, KernelEvent{}); }
  // Loses what is queued, and says nothing.
  void Forget() { queue_.clear(); }
  void Refuse(const std::string& path, bool refused) { Find(path)->refused = refused; }

  bool Exists(const std::string& path) { return Find(path) != nullptr; }
  // Names and bytes of the whole files of a folder; empty when it is not there.
  std::map<std::string, uint64_t> Files(const std::string& path) {
    std::map<std::string, uint64_t> files;
    const Node* folder = Find(path);
    if (folder == nullptr) return files;
    for (const auto& [name, node] : folder->children) {
      if (!node->folder && !node->open) files[name] = node->bytes;
    }
    return files;
  }
  size_t queued() const { return queue_.size(); }
  int watches() const {
    int count = 0;
    for (const auto& [number, node] : watched_) {
      const std::shared_ptr<Node> alive = node.lock();
      if (alive != nullptr && alive->watch == number) ++count;
    }
    return count;
  }

  // --- the port ---
  absl::StatusOr<WatchNumber> Watch(const std::string& path, WatchFor what) override {
    meanwhile();
    LOCUS_RETURN_IF_ERROR(failure);
    const std::shared_ptr<Node> node = Shared(path);
    if (node == nullptr || !node->folder) return NotFound("'" + path + "': none");
    if (node->refused) return absl::PermissionDeniedError("'" + path + "': refused");
    const WatchNumber number = Add(node, what);
    meanwhile();
    return number;
  }
  absl::StatusOr<WatchNumber> List(const std::string& path, const FoundFile& found) override {
    meanwhile();
    LOCUS_RETURN_IF_ERROR(failure);
    const std::shared_ptr<Node> folder = Shared(path);
    if (folder == nullptr || !folder->folder) return NotFound("'" + path + "': none");
    if (folder->refused) return absl::PermissionDeniedError("'" + path + "': refused");
    const WatchNumber number = Add(folder, WatchFor::kFiles);
    std::string last;
    for (;;) {
      meanwhile();
      const auto next = folder->children.upper_bound(last);
      if (next == folder->children.end()) return number;
      last = next->first;
      if (!next->second->folder) found(next->first, next->second->bytes);
    }
  }
  void Unwatch(WatchNumber watch) override {
    const std::shared_ptr<Node> node = watched_[watch].lock();
    if (node == nullptr || node->watch != watch) return;
    Push({KernelEvent::Kind::kFolderGone, watch, "", false});
    node->watch = -1;
    node->for_files = false;
  }
  std::vector<KernelEvent> Read(Duration) override {
    meanwhile();
    std::vector<KernelEvent> events;
    // In small pieces, so that reads and acts mix.
    while (!queue_.empty() && events.size() < 3) {
      events.push_back(queue_.front());
      queue_.pop_front();
    }
    return events;
  }
  void Wake() override {}
  std::optional<FileFigures> Look(const std::string& path) override {
    meanwhile();
    const Node* file = Find(path);
    if (file == nullptr || file->folder) return std::nullopt;
    return FileFigures{file->bytes, clock_.WallNow()};
  }
  std::optional<uint64_t> SizeOfFileSystem(const std::string&) override { return 1000; }

 private:
  struct Node {
    bool folder = false;
    bool open = false;
    bool refused = false;
    uint64_t bytes = 0;
    std::map<std::string, std::shared_ptr<Node>> children;
    WatchNumber watch = -1;
    bool for_files = false;
  };

  static std::vector<std::string> Split(const std::string& path) {
    std::vector<std::string> names;
    for (size_t at = 1; at < path.size();) {
      const size_t end = std::min(path.find('/', at), path.size());
      names.push_back(path.substr(at, end - at));
      at = end + 1;
    }
    return names;
  }
  static std::string Name(const std::string& path) { return path.substr(path.rfind('/') + 1); }
  std::shared_ptr<Node> Shared(const std::string& path) {
    std::shared_ptr<Node> at(&root_, [](Node*) {});
    for (const std::string& name : Split(path)) {
      const auto next = at->children.find(name);
      if (next == at->children.end()) return nullptr;
      at = next->second;
    }
    return at;
  }
  Node* Find(const std::string& path) { return Shared(path).get(); }
  // The folder that holds it; null when there is none.
  Node* Parent(const std::string& path) {
    Node* node = Find(path.substr(0, path.rfind('/')));
    return node != nullptr && node->folder ? node : nullptr;
  }
  WatchNumber Add(const std::shared_ptr<Node>& node, WatchFor what) {
    if (node->watch < 0) {
      node->watch = ++last_watch_;
      node->for_files = false;
      watched_[node->watch] = node;
    }
    node->for_files |= what == WatchFor::kFiles;
    return node->watch;
  }
  void Tell(const Node& folder, KernelEvent::Kind kind, const std::string& name, bool is_folder = false) {
    const bool appears = kind == KernelEvent::Kind::kCreated || kind == KernelEvent::Kind::kMovedIn;
    if (folder.watch >= 0 && (appears || folder.for_files)) Push({kind, folder.watch, name, is_folder});
  }
  void TellSelf(const Node& folder) {
    if (folder.watch >= 0) Push({KernelEvent::Kind::kFolderGone, folder.watch, "", false});
  }
  void Push(KernelEvent event) {
    if (queue_.size() < capacity_) {
      queue_.push_back(std::move(event));
      return;
    }
    // Like the kernel: one mark at the end of what is queued, and none more while it waits there.
    for (const KernelEvent& queued : queue_) {
      if (queued.kind == KernelEvent::Kind::kOverflow) return;
    }
    queue_.push_back(KernelEvent{});
  }

  const size_t capacity_;
  const Clock& clock_;
  Node root_{true, false, false, 0, {}, -1, false};
  std::vector<std::shared_ptr<Node>> covered_;
  std::map<WatchNumber, std::weak_ptr<Node>> watched_;
  WatchNumber last_watch_ = 0;
  std::deque<KernelEvent> queue_;
};

}  // namespace locus::worker
