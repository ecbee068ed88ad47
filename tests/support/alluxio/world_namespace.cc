// World: files and folders, and loading from the under-store.
#include <stdexcept>

#include "common/status.h"
#include "tests/support/alluxio/world.h"

namespace locus::fake_alluxio {
namespace {

// Folders have their ids in container 0, files in one container each.
constexpr int64_t kContainers = int64_t{1} << 24;
constexpr int64_t kMaxBlocksOfFile = kContainers - 1;

void Require(bool holds, const std::string& what, const std::string& path) {
  if (!holds) throw std::invalid_argument(what + ": " + path);
}

void RequireCanonical(const std::string& path) {
  const bool canonical = path == "/" || (!path.empty() && path.front() == '/' && path.back() != '/');
  Require(canonical && path.find("//") == std::string::npos, "not an absolute, canonical path", path);
}

}  // namespace

World::World(const Clock& clock) : clock_(clock) {
  MutexLock lock(mutex_);
  start_time_ms_ = NowMs();
  mounts_["/"] = {.ufs_uri = "/underFSStorage"};
  MakeFolder("/").mount_point = true;
}

int64_t World::NowMs() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.WallNow().time_since_epoch()).count();
}

World::Node& World::MakeFolder(const std::string& path) {
  const auto found = tree_.find(path);
  if (found != tree_.end()) {
    Require(found->second.folder, "a file is in the way", path);
    return found->second;
  }
  if (path != "/") MakeFolder(ParentOf(path));
  Node node;
  node.id = next_folder_++;
  node.modified_ms = NowMs();
  return tree_.emplace(path, std::move(node)).first->second;
}

World::Node World::MakeFile(const FileSpec& spec) {
  Require(spec.length >= 0 && spec.block_bytes > 0, "a file needs a length and a block size", "");
  const int64_t blocks = (spec.length + spec.block_bytes - 1) / spec.block_bytes;
  Require(blocks <= kMaxBlocksOfFile, "too many blocks", std::to_string(blocks));
  Node node;
  node.folder = false;
  node.id = next_container_++ * kContainers + kMaxBlocksOfFile;
  node.spec = spec;
  node.modified_ms = NowMs();
  node.blocks.resize(static_cast<size_t>(blocks));
  return node;
}

World& World::AddFolder(const std::string& path) {
  MutexLock lock(mutex_);
  RequireCanonical(path);
  MakeFolder(path);
  return *this;
}

World& World::AddFile(const std::string& path, const FileSpec& spec) {
  MutexLock lock(mutex_);
  RequireCanonical(path);
  Require(tree_.count(path) == 0, "there already", path);
  MakeFolder(ParentOf(path)).modified_ms = NowMs();
  tree_.emplace(path, MakeFile(spec));
  if (spec.persisted) under_store_[path] = spec;
  return *this;
}

World& World::Overwrite(const std::string& path, const FileSpec& spec) {
  MutexLock lock(mutex_);
  FindFile(path) = MakeFile(spec);
  under_store_.erase(path);
  if (spec.persisted) under_store_[path] = spec;
  return *this;
}

World& World::Delete(const std::string& path) {
  MutexLock lock(mutex_);
  Require(path != "/" && tree_.count(path) != 0, "nothing to delete", path);
  const auto gone = [&path](const auto& entry) { return entry.first == path || IsBelow(entry.first, path); };
  std::erase_if(tree_, gone);
  std::erase_if(under_store_, gone);
  if (generated_.has_value() && tree_.count(generated_->spec().folder) == 0) generated_.reset();
  return *this;
}

World& World::Rename(const std::string& from, const std::string& to) {
  MutexLock lock(mutex_);
  RequireCanonical(to);
  Require(tree_.count(to) == 0, "there already", to);
  Node node = FindFile(from);
  tree_.erase(from);
  under_store_.erase(from);
  MakeFolder(ParentOf(to)).modified_ms = NowMs();
  if (node.spec.persisted) under_store_[to] = node.spec;
  tree_.emplace(to, std::move(node));
  return *this;
}

World& World::Complete(const std::string& path, int64_t length) {
  MutexLock lock(mutex_);
  Node& node = FindFile(path);
  Require(!node.spec.completed, "complete already", path);
  node.spec.completed = true;
  node.spec.length = length;
  node.modified_ms = NowMs();
  node.blocks.resize(static_cast<size_t>((length + node.spec.block_bytes - 1) / node.spec.block_bytes));
  if (node.spec.persisted) under_store_[path] = node.spec;
  return *this;
}

World& World::AddUnloaded(const std::string& path, const FileSpec& spec) {
  MutexLock lock(mutex_);
  RequireCanonical(path);
  Require(tree_.count(path) == 0, "there already", path);
  under_store_[path] = spec;
  return *this;
}

World& World::DenyRead(const std::string& path, const std::string& user) {
  MutexLock lock(mutex_);
  MakeFolder(path).no_read.insert(user);
  return *this;
}

World& World::DenyExecute(const std::string& path, const std::string& user) {
  MutexLock lock(mutex_);
  MakeFolder(path).no_execute.insert(user);
  return *this;
}

World& World::Mount(const std::string& path, const MountSpec& spec) {
  MutexLock lock(mutex_);
  RequireCanonical(path);
  mounts_[path] = spec;
  MakeFolder(path).mount_point = true;
  return *this;
}

World::Node& World::FindFile(const std::string& path) {
  const auto found = tree_.find(path);
  Require(found != tree_.end() && !found->second.folder, "no such file", path);
  return found->second;
}

const World::Node& World::FindFile(const std::string& path) const {
  const auto found = tree_.find(path);
  Require(found != tree_.end() && !found->second.folder, "no such file", path);
  return found->second;
}

World::Block& World::FindBlock(const std::string& path, int block) {
  Node& node = FindFile(path);
  const bool there = block >= 0 && static_cast<size_t>(block) < node.blocks.size();
  Require(there, "no block " + std::to_string(block), path);
  return node.blocks[static_cast<size_t>(block)];
}

void World::Adopt(const std::string& path, const LoadQuery& load) {
  if (tree_.count(path) != 0) return;
  const auto mark = [&](const std::string& of, Node& node) {
    node.ttl = load.ttl;
    node.ttl_action = load.ttl_action;
    node.loaded_ms = NowMs();
    if (load.ttl >= 0) ttl_victims_.push_back(of);
  };
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (tree_.count(folder) == 0) mark(folder, MakeFolder(folder));
  }
  mark(path, tree_.emplace(path, MakeFile(under_store_.at(path))).first->second);
}

void World::Load(const std::string& path, bool recursive, const LoadQuery& load) {
  if (!load.load) return;
  std::vector<std::string> found;
  for (auto it = under_store_.lower_bound(path); it != under_store_.end(); ++it) {
    const bool below = IsBelow(it->first, path);
    if (!below && it->first != path) break;
    if (!below || recursive || ParentOf(it->first) == path) found.push_back(it->first);
  }
  for (const std::string& file : found) Adopt(file, load);
}

World& World::RunTtlChecker() {
  MutexLock lock(mutex_);
  std::vector<std::string> expired;
  for (const auto& [path, node] : tree_) {
    const bool due = node.ttl >= 0 && node.loaded_ms + node.ttl <= NowMs();
    if (due && node.ttl_action == alluxio::grpc::file::TTL_DELETE) expired.push_back(path);
  }
  for (const std::string& path : expired) {
    const auto gone = [&path](const auto& entry) { return entry.first == path || IsBelow(entry.first, path); };
    std::erase_if(tree_, gone);
    std::erase_if(under_store_, gone);
  }
  return *this;
}

bool World::InUnderStore(const std::string& path) const {
  MutexLock lock(mutex_);
  return under_store_.count(path) != 0;
}

bool World::InNamespace(const std::string& path) const {
  MutexLock lock(mutex_);
  return tree_.count(path) != 0 || (generated_.has_value() && generated_->FileOf(path) >= 0);
}

std::vector<std::string> World::TtlVictims() const {
  MutexLock lock(mutex_);
  return ttl_victims_;
}

int64_t World::FileId(const std::string& path) const {
  MutexLock lock(mutex_);
  return FindFile(path).id;
}

std::map<std::string, alluxio::grpc::file::MountPointInfo> World::Mounts() const {
  MutexLock lock(mutex_);
  std::map<std::string, alluxio::grpc::file::MountPointInfo> out;
  int64_t id = 1;
  for (const auto& [path, mount] : mounts_) {
    alluxio::grpc::file::MountPointInfo& info = out[path];
    info.set_ufs_uri(mount.ufs_uri);
    info.set_ufs_type(mount.ufs_type);
    info.set_read_only(mount.read_only);
    info.set_mount_id(id++);
  }
  return out;
}

}  // namespace locus::fake_alluxio
