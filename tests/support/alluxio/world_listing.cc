// World: what GetStatus and the listings answer.
#include <algorithm>

#include "common/status.h"
#include "tests/support/alluxio/world.h"

namespace locus::fake_alluxio {
namespace {

using alluxio::grpc::file::FileInfo;

constexpr int64_t kContainers = int64_t{1} << 24;

int TierRank(const std::string& tier) { return tier == "MEM" ? 0 : tier == "SSD" ? 1 : 2; }

// The first key behind `folder` and all that is below it.
std::string EndOfSubtree(const std::string& folder) { return folder + '\x01'; }

absl::Status Missing(const std::string& path) { return NotFound("Path \"" + path + "\" does not exist."); }

}  // namespace

// Takes entries in path order until the limit.
class World::Collector {
 public:
  explicit Collector(const ListQuery& query) : query_(query), prefix_(PrefixOf(query)), skip_(query.skip) {}

  // Whether it wants an entry of this path; `truncated` is set when it is full.
  bool Wants(const std::string& path) {
    if (!query_.prefix.empty() && path.compare(0, prefix_.size(), prefix_) != 0) return false;
    if (skip_ > 0) {
      --skip_;
      return false;
    }
    if (query_.limit != 0 && listed_.entries.size() >= query_.limit) {
      listed_.truncated = true;
      return false;
    }
    return true;
  }
  void Add(FileInfo info) { listed_.entries.push_back(std::move(info)); }
  bool full() const { return listed_.truncated; }
  Listed Take() { return std::move(listed_); }

 private:
  static std::string PrefixOf(const ListQuery& query) {
    std::string prefix = query.path == "/" ? query.prefix : query.path + query.prefix;
    if (prefix.size() > 1 && prefix.back() == '/') prefix.pop_back();
    return prefix;
  }

  const ListQuery& query_;
  const std::string prefix_;
  int64_t skip_;
  Listed listed_;
};

void World::FillBlock(int64_t container, int64_t index, const FileSpec& spec,
                      const std::vector<std::pair<size_t, std::string>>& copies, FileInfo& info) const {
  alluxio::grpc::FileBlockInfo* file_block = info.add_file_block_infos();
  file_block->set_offset(index * spec.block_bytes);
  alluxio::grpc::BlockInfo* block = file_block->mutable_block_info();
  block->set_block_id(container * kContainers + index);
  block->set_length(std::min(spec.block_bytes, spec.length - index * spec.block_bytes));
  for (const auto& [number, tier] : copies) {
    if (!IsRegistered(workers_[number])) continue;
    alluxio::grpc::BlockLocation* location = block->add_locations();
    location->set_worker_id(workers_[number].id);
    *location->mutable_worker_address() = AddressOf(workers_[number].spec);
    location->set_tier_alias(tier);
    location->set_medium_type(tier);
  }
  std::stable_sort(block->mutable_locations()->begin(), block->mutable_locations()->end(),
                   [](const auto& a, const auto& b) { return TierRank(a.tier_alias()) < TierRank(b.tier_alias()); });
}

int64_t World::Children(const std::string& path) const {
  if (generated_.has_value() && path == generated_->spec().folder) return generated_->spec().files;
  int64_t count = 0;
  auto it = tree_.upper_bound(path);
  while (it != tree_.end() && IsBelow(it->first, path)) {
    ++count;
    it = tree_.lower_bound(EndOfSubtree(it->first));
  }
  return count;
}

FileInfo World::Info(const std::string& path, const Node& node) const {
  FileInfo info;
  info.set_file_id(node.id);
  info.set_name(path == "/" ? "" : NameOf(path));
  info.set_path(path);
  info.set_folder(node.folder);
  info.set_mount_point(node.mount_point);
  info.set_completed(node.folder || node.spec.completed);
  info.set_last_modification_time_ms(node.modified_ms);
  info.set_ttl(node.ttl);
  info.set_ttl_action(node.ttl_action);
  info.set_persisted(node.folder || node.spec.persisted);
  info.set_persistence_state(info.persisted() ? "PERSISTED" : "NOT_PERSISTED");
  if (node.folder) {
    info.set_length(Children(path));
    info.set_block_size_bytes(0);
    info.set_in_alluxio_percentage(0);
    return info;
  }
  info.set_length(node.spec.completed ? node.spec.length : 0);
  info.set_block_size_bytes(node.spec.block_bytes);
  int64_t cached = 0;
  for (size_t i = 0; i < node.blocks.size(); ++i) {
    const int64_t index = static_cast<int64_t>(i);
    info.add_block_ids(node.id / kContainers * kContainers + index);
    if (!node.blocks[i].recorded) continue;
    FillBlock(node.id / kContainers, index, node.spec, node.blocks[i].copies, info);
    const auto& block = info.file_block_infos().rbegin()->block_info();
    if (block.locations_size() > 0) cached += block.length();
  }
  info.set_in_alluxio_percentage(node.spec.length == 0 ? 100 : static_cast<int32_t>(cached * 100 / node.spec.length));
  return info;
}

FileInfo World::GeneratedInfo(int64_t file) const {
  const GeneratedSpec& spec = generated_->spec();
  const int64_t container = GeneratedFolder::ContainerOf(file);
  const FileSpec as_file = {.length = generated_->LengthOf(), .block_bytes = spec.block_bytes};
  FileInfo info;
  info.set_file_id(container * kContainers + kContainers - 1);
  info.set_path(generated_->PathOf(file));
  info.set_name(NameOf(info.path()));
  info.set_completed(true);
  info.set_persisted(true);
  info.set_persistence_state("PERSISTED");
  info.set_last_modification_time_ms(tree_.at(spec.folder).modified_ms);
  info.set_ttl(-1);
  info.set_ttl_action(alluxio::grpc::file::TTL_FREE);
  info.set_length(as_file.length);
  info.set_block_size_bytes(spec.block_bytes);
  info.set_in_alluxio_percentage(100);
  for (int64_t block = 0; block < spec.blocks_per_file; ++block) {
    const size_t worker = first_generated_worker_ + static_cast<size_t>(generated_->WorkerOf(file, block));
    info.add_block_ids(container * kContainers + block);
    FillBlock(container, block, as_file, {{worker, GeneratedFolder::TierOf(file, block)}}, info);
  }
  return info;
}

absl::Status World::MayPass(const std::string& path, const std::string& user) const {
  for (std::string folder = ParentOf(path);; folder = ParentOf(folder)) {
    const auto found = tree_.find(folder);
    if (found != tree_.end() && found->second.no_execute.count(user) != 0) {
      return absl::PermissionDeniedError("Permission denied: user=" + user + ", access=--x, path=" + path +
                                         ": failed at " + folder);
    }
    if (folder == "/") return absl::OkStatus();
  }
}

absl::StatusOr<FileInfo> World::Status(const std::string& path, const std::string& user, const LoadQuery& load) {
  MutexLock lock(mutex_);
  if (load.load && under_store_.count(path) != 0) Adopt(path, load);
  LOCUS_RETURN_IF_ERROR(MayPass(path, user));
  const int64_t file = generated_.has_value() ? generated_->FileOf(path) : -1;
  const auto found = tree_.find(path);
  if (found == tree_.end() && file < 0) return Missing(path);
  if (safe_mode_ && (file >= 0 || !found->second.blocks.empty())) {
    return Unavailable("Alluxio master is in safe mode. Please try again later.");
  }
  return file >= 0 ? GeneratedInfo(file) : Info(path, found->second);
}

absl::StatusOr<std::string> World::StartOf(const ListQuery& query) const {
  if (query.after_id.has_value()) {
    const int64_t generated = *query.after_id / kContainers - GeneratedFolder::kFirstContainer;
    if (generated_.has_value() && generated >= 0 && generated < generated_->spec().files) {
      return generated_->PathOf(generated);
    }
    for (const auto& [path, node] : tree_) {
      if (node.id == *query.after_id) return path;
    }
    return NotFound("Inode " + std::to_string(*query.after_id) + " was not found during partial listing.");
  }
  if (query.after.empty()) return query.path;
  std::string after = query.after.front() == '/' ? query.after : Join(query.path, query.after);
  if (after.size() > 1 && after.back() == '/') after.pop_back();
  if (after == query.path || IsBelow(query.path, after)) return query.path;
  if (!IsBelow(after, query.path)) {
    return InvalidArgument("The start after partial listing option " + after + " is not a prefix of the listing path " +
                           query.path);
  }
  return Resolved(query.path, after);
}

// What a master takes `after` for: where a folder on the way to it is not there, the next entry in its place is taken
// for it, and passed over. Only the last name of the path may be missing without harm.
std::string World::Resolved(const std::string& listed, const std::string& after) const {
  std::string at = listed;
  size_t start = listed == "/" ? 1 : listed.size() + 1;
  for (size_t slash = after.find('/', start); slash != std::string::npos; slash = after.find('/', start)) {
    const std::string wanted = Join(at, after.substr(start, slash - start));
    const auto next = tree_.lower_bound(wanted);
    at = next != tree_.end() && IsBelow(next->first, at) ? next->first : wanted;
    start = slash + 1;
  }
  return Join(at, after.substr(start));
}

void World::WalkGenerated(const std::string& after, Collector& out) const {
  for (int64_t file = generated_->FirstBehind(after); file < generated_->spec().files && !out.full(); ++file) {
    if (out.Wants(generated_->PathOf(file))) out.Add(GeneratedInfo(file));
  }
}

void World::Walk(const ListQuery& query, const std::string& after, Collector& out) const {
  const std::string generated = generated_.has_value() ? generated_->spec().folder : "";
  const bool reaches =
      !generated.empty() && (query.path == generated || (query.recursive && IsBelow(generated, query.path)));
  auto it = tree_.upper_bound(after);
  if (reaches && (after == generated || IsBelow(after, generated))) {
    WalkGenerated(after, out);
  } else if (!query.recursive && IsBelow(after, query.path)) {
    // What is below the child that was last has no place in this listing.
    const size_t slash = after.find('/', query.path == "/" ? 1 : query.path.size() + 1);
    it = tree_.lower_bound(EndOfSubtree(after.substr(0, slash)));
  }
  while (it != tree_.end() && !out.full() && IsBelow(it->first, query.path)) {
    const auto& [path, node] = *it;
    if (out.Wants(path)) out.Add(Info(path, node));
    const bool hidden = node.no_execute.count(query.user) != 0;
    if (reaches && path == generated && !hidden && path != query.path) WalkGenerated(path, out);
    it = query.recursive && !hidden ? std::next(it) : tree_.lower_bound(EndOfSubtree(path));
  }
}

absl::StatusOr<Listed> World::List(const ListQuery& query, const LoadQuery& load) {
  MutexLock lock(mutex_);
  Load(query.path, query.recursive, load);
  LOCUS_RETURN_IF_ERROR(MayPass(query.path, query.user));
  const int64_t file = generated_.has_value() ? generated_->FileOf(query.path) : -1;
  const auto found = tree_.find(query.path);
  if (found == tree_.end() && file < 0) return Missing(query.path);
  if (file < 0 && found->second.no_read.count(query.user) != 0) {
    return absl::PermissionDeniedError("Permission denied: user=" + query.user + ", access=r--, path=" + query.path +
                                       ": failed at " + query.path);
  }
  if (!query.prefix.empty() && query.prefix.front() != '/') {
    return InvalidArgument("Path \"" + query.prefix + "\" is invalid.");
  }
  LOCUS_ASSIGN_OR_RETURN(const std::string after, StartOf(query));
  Collector out(query);
  if (file >= 0 || !found->second.folder) {
    if (out.Wants(query.path)) out.Add(file >= 0 ? GeneratedInfo(file) : Info(query.path, found->second));
  } else {
    Walk(query, after, out);
  }
  Listed listed = out.Take();
  if (!query.recursive) listed.count = file >= 0 || !found->second.folder ? 1 : Children(query.path);
  const auto has_blocks = [](const FileInfo& info) { return info.block_ids_size() > 0; };
  if (safe_mode_ && std::any_of(listed.entries.begin(), listed.entries.end(), has_blocks)) {
    return Unavailable("Alluxio master is in safe mode. Please try again later.");
  }
  return listed;
}

}  // namespace locus::fake_alluxio
