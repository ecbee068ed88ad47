#include "cache_worker/origin/mounted_origin.h"

#include <algorithm>
#include <utility>

#include "cache_worker/origin/path.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// What every path below begins with.
std::string WithSlash(const std::string& path) { return path == "/" ? path : path + "/"; }

bool IsStrictlyBelow(const std::string& path, const std::string& folder) {
  return path != folder && IsAtOrBelow(path, folder);
}

absl::Status NoMount(const std::string& path) { return NotFound("no mount of origin.mounts has '" + path + "'"); }

}  // namespace

MountedOrigin::MountedOrigin(std::vector<MountedFolder> mounts) : mounts_(std::move(mounts)) {
  std::sort(mounts_.begin(), mounts_.end(),
            [](const MountedFolder& a, const MountedFolder& b) { return WithSlash(a.path) < WithSlash(b.path); });
}

std::optional<size_t> MountedOrigin::Find(const std::string& path) const {
  std::optional<size_t> found;
  // Of two that fit, one lies in the other and comes later.
  for (size_t i = 0; i < mounts_.size(); ++i) {
    if (IsAtOrBelow(path, mounts_[i].path)) found = i;
  }
  return found;
}

bool MountedOrigin::IsAboveMount(const std::string& path) const {
  return std::any_of(mounts_.begin(), mounts_.end(),
                     [&](const MountedFolder& mount) { return IsStrictlyBelow(mount.path, path); });
}

std::set<std::string> MountedOrigin::MountChildren(const std::string& folder) const {
  std::set<std::string> children;
  for (const MountedFolder& mount : mounts_) {
    if (!IsStrictlyBelow(mount.path, folder)) continue;
    const std::string_view below = BelowFolder(mount.path, folder);
    children.insert(JoinPath(folder, below.substr(0, below.find('/'))));
  }
  return children;
}

absl::StatusOr<OriginFile> MountedOrigin::Stat(const std::string& path) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  if (IsAboveMount(path)) return InvalidArgument("'" + path + "' is a folder");
  const std::optional<size_t> mount = Find(path);
  return mount ? mounts_[*mount].origin->Stat(path) : NoMount(path);
}

absl::Status MountedOrigin::Read(const Content& content, uint64_t offset, size_t size, char* to) {
  LOCUS_RETURN_IF_ERROR(CheckPath(content.path));
  const std::optional<size_t> mount = Find(content.path);
  return mount ? mounts_[*mount].origin->Read(content, offset, size, to) : NoMount(content.path);
}

// One List call.
class MountedOrigin::Walk {
 public:
  Walk(MountedOrigin& owner, const std::string& path, const std::function<bool(const OriginFile&)>& visit)
      : owner_(owner), visit_(visit) {
    for (size_t i = 0; i < owner.mounts_.size(); ++i) {
      if (IsStrictlyBelow(owner.mounts_[i].path, path)) below_.push_back(i);
    }
  }

  absl::Status Run(const std::string& path) {
    if (const std::optional<size_t> mount = owner_.Find(path)) ListMount(*mount, path);
    ListMountsBefore(std::string());
    // A folder that only mounts make be there is empty at the mount around it.
    if (found_ && absl::IsNotFound(problem_)) return absl::OkStatus();
    return problem_.ok() && !found_ ? NoMount(path) : problem_;
  }

 private:
  void ListMount(size_t index, const std::string& path) {
    const absl::Status status = owner_.mounts_[index].origin->List(path, [&](const OriginFile& file) {
      ListMountsBefore(file.path);
      // Hidden by a mount further in.
      if (!enough_ && owner_.Find(file.path) == index) enough_ = !visit_(file);
      return !enough_;
    });
    if (!absl::IsNotFound(status)) found_ = true;
    // NOT_FOUND is the least of problems.
    if (!status.ok() && (problem_.ok() || absl::IsNotFound(problem_))) problem_ = status;
  }

  // Those whose files come before `path`; an empty one: all that are left.
  void ListMountsBefore(const std::string& path) {
    while (!enough_ && next_ < below_.size()) {
      const std::string& mount = owner_.mounts_[below_[next_]].path;
      if (!path.empty() && path < WithSlash(mount)) return;
      found_ = true;
      ListMount(below_[next_++], mount);
    }
  }

  MountedOrigin& owner_;
  const std::function<bool(const OriginFile&)>& visit_;
  // Mounts inside of what is listed, in order, and the next of them.
  std::vector<size_t> below_;
  size_t next_ = 0;
  bool found_ = false;
  bool enough_ = false;
  absl::Status problem_;
};

absl::Status MountedOrigin::List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  return Walk(*this, path, visit).Run(path);
}

absl::Status MountedOrigin::Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                                     const std::function<bool(const std::string&)>& folder) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  const std::set<std::string> own = MountChildren(path);
  for (const std::string& child : own) {
    if (!folder(child)) return absl::OkStatus();
  }
  const std::optional<size_t> mount = Find(path);
  if (!mount) return own.empty() ? NoMount(path) : absl::OkStatus();
  const absl::Status status = mounts_[*mount].origin->Children(
      path, [&](const OriginFile& found) { return own.contains(found.path) || file(found); },
      [&](const std::string& found) { return own.contains(found) || folder(found); });
  return absl::IsNotFound(status) && !own.empty() ? absl::OkStatus() : status;
}

bool MountedOrigin::Forget(const std::string& path) {
  const std::optional<size_t> mount = Find(path);
  return mount && mounts_[*mount].origin->Forget(path);
}

void MountedOrigin::Stop() {
  for (const MountedFolder& mount : mounts_) mount.origin->Stop();
}

uint64_t MountedOrigin::skipped_entries() const {
  uint64_t sum = 0;
  for (const MountedFolder& mount : mounts_) sum += mount.origin->skipped_entries();
  return sum;
}

}  // namespace locus::worker
