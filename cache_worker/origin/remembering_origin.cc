#include "cache_worker/origin/remembering_origin.h"

#include <iterator>
#include <utility>

#include "common/status.h"

namespace locus::worker {

RememberingOrigin::RememberingOrigin(std::unique_ptr<Origin> origin, Duration ttl, const Clock& clock,
                                     std::atomic<uint64_t>& saved, size_t max)
    : origin_(std::move(origin)), ttl_(ttl), clock_(clock), saved_(saved), max_(max) {}

absl::StatusOr<OriginFile> RememberingOrigin::Stat(const std::string& path) {
  if (std::optional<OriginFile> file = Recall(path)) {
    ++saved_;
    return *std::move(file);
  }
  const SteadyTime asked = clock_.Now();
  absl::StatusOr<OriginFile> file = origin_->Stat(path);
  if (file.ok()) Remember(*file, asked);
  return file;
}

absl::Status RememberingOrigin::List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) {
  const SteadyTime asked = clock_.Now();
  return origin_->List(path, [&](const OriginFile& file) {
    Correct(file, asked);
    return visit(file);
  });
}

absl::Status RememberingOrigin::Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                                         const std::function<bool(const std::string&)>& folder) {
  const SteadyTime asked = clock_.Now();
  return origin_->Children(
      path,
      [&](const OriginFile& found) {
        Correct(found, asked);
        return file(found);
      },
      folder);
}

absl::Status RememberingOrigin::Read(const Content& content, uint64_t offset, size_t size, char* to) {
  const absl::Status status = origin_->Read(content, offset, size, to);
  // Else whoever begins anew would be told of the same content again.
  if (absl::IsAborted(status) || absl::IsNotFound(status)) Forget(content.path);
  return status;
}

bool RememberingOrigin::Forget(const std::string& path) {
  MutexLock lock(mutex_);
  const auto known = by_path_.find(path);
  if (known == by_path_.end()) return false;
  Erase(known->second);
  return true;
}

std::optional<OriginFile> RememberingOrigin::Recall(const std::string& path) {
  MutexLock lock(mutex_);
  const auto known = by_path_.find(path);
  if (known == by_path_.end()) return std::nullopt;
  if (clock_.Now() - known->second->asked >= ttl_) {
    Erase(known->second);
    return std::nullopt;
  }
  order_.splice(order_.begin(), order_, known->second);
  return known->second->file;
}

void RememberingOrigin::Remember(const OriginFile& file, SteadyTime asked) {
  MutexLock lock(mutex_);
  if (const auto known = by_path_.find(file.path); known != by_path_.end()) {
    // Two have asked at the same time: the later question has the newer answer.
    if (known->second->asked > asked) return;
    Erase(known->second);
  }
  order_.push_front({file, asked});
  by_path_.emplace(order_.front().file.path, order_.begin());
  if (order_.size() > max_) Erase(std::prev(order_.end()));
}

void RememberingOrigin::Correct(const OriginFile& file, SteadyTime asked) {
  MutexLock lock(mutex_);
  const auto known = by_path_.find(file.path);
  if (known == by_path_.end() || known->second->asked > asked) return;
  OriginFile& kept = known->second->file;
  // Not the path: the key is a view of it.
  kept.length = file.length;
  kept.modified_ns = file.modified_ns;
  kept.version = file.version;
  known->second->asked = asked;
}

void RememberingOrigin::Erase(Order::iterator known) {
  by_path_.erase(known->file.path);
  order_.erase(known);
}

}  // namespace locus::worker
