#include "cache_worker/origin/local_folder_origin.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "cache_worker/origin/path.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// Folders within folders; deeper trees are no data sets.
constexpr int kMaxDepth = 256;

// Closes a descriptor at the end of a scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

OriginFile FileOf(const std::string& path, const struct stat& s) {
  return {path, static_cast<uint64_t>(s.st_size), int64_t{s.st_mtim.tv_sec} * 1'000'000'000 + s.st_mtim.tv_nsec, 0};
}

}  // namespace

absl::StatusOr<std::unique_ptr<LocalFolderOrigin>> LocalFolderOrigin::Create(const std::string& folder,
                                                                             const std::string& mount) {
  char resolved[PATH_MAX];
  struct stat s {};
  if (::realpath(folder.c_str(), resolved) == nullptr || ::stat(resolved, &s) != 0) {
    return Unavailable("the under-store folder '" + folder + "': " + std::strerror(errno));
  }
  if (!S_ISDIR(s.st_mode)) return Unavailable("the under-store '" + folder + "' is not a folder");
  std::string root = resolved;
  if (root == "/") root.clear();
  return std::unique_ptr<LocalFolderOrigin>(new LocalFolderOrigin(std::move(root), mount));
}

absl::Status LocalFolderOrigin::ErrnoStatus(const std::string& path, int error) const {
  struct stat s {};
  const bool absent = error == ENOENT || error == ENOTDIR;
  if (absent && ::stat(FullPath(mount_).c_str(), &s) == 0)
    return NotFound("no such file at the under-store: '" + path + "'");
  if (absent) return Unavailable("the under-store folder is gone");
  if (error == ENAMETOOLONG || error == ELOOP) {
    return InvalidArgument("'" + path + "': " + std::strerror(error));
  }
  return Unavailable("cannot read '" + path + "' at the under-store: " + std::strerror(error));
}

std::string LocalFolderOrigin::FullPath(const std::string& path) const {
  return path == mount_ ? root_ : root_ + "/" + std::string(BelowFolder(path, mount_));
}

absl::StatusOr<int> LocalFolderOrigin::OpenInside(const std::string& path, int flags) const {
  const int fd = ::open(FullPath(path).empty() ? "/" : FullPath(path).c_str(), flags | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return ErrnoStatus(path, errno);
  char real[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), real, sizeof real);
  if (length > 0) {
    const std::string_view opened(real, static_cast<size_t>(length));
    if (root_.empty() || IsAtOrBelow(opened, root_)) return fd;
  }
  ::close(fd);
  return InvalidArgument("'" + path + "' leads outside of the under-store folder");
}

absl::StatusOr<OriginFile> LocalFolderOrigin::Stat(const std::string& path) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  LOCUS_ASSIGN_OR_RETURN(const int fd, OpenInside(path, O_PATH));
  const Descriptor descriptor(fd);
  struct stat s {};
  if (::fstat(fd, &s) != 0) return ErrnoStatus(path, errno);
  if (S_ISDIR(s.st_mode)) return InvalidArgument("'" + path + "' is a folder");
  if (!S_ISREG(s.st_mode)) return InvalidArgument("'" + path + "' is neither a file nor a folder");
  return FileOf(path, s);
}

absl::Status LocalFolderOrigin::Read(const Content& content, uint64_t offset, size_t size, char* to) {
  LOCUS_RETURN_IF_ERROR(CheckPath(content.path));
  LOCUS_RETURN_IF_ERROR(CheckRange(content, offset, size));
  // Not to hang on a FIFO that took the file's place.
  const absl::StatusOr<int> fd = OpenInside(content.path, O_RDONLY | O_NONBLOCK);
  if (!fd.ok()) return absl::IsNotFound(fd.status()) ? ChangedStatus(content.path) : fd.status();
  const Descriptor descriptor(*fd);
  const auto is_still = [&] {
    struct stat s {};
    return ::fstat(*fd, &s) == 0 && S_ISREG(s.st_mode) && FileIdOf(FileOf(content.path, s)) == content.id;
  };
  if (!is_still()) return ChangedStatus(content.path);
  for (size_t done = 0; done < size;) {
    const ssize_t n = ::pread(*fd, to + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(content.path, errno);
    if (n == 0) return ChangedStatus(content.path);
    done += static_cast<size_t>(n);
  }
  // What was read belongs to `content` only when nobody wrote meanwhile.
  return is_still() ? absl::OkStatus() : ChangedStatus(content.path);
}

// One List or Children call.
class LocalFolderOrigin::Walk {
 public:
  Walk(LocalFolderOrigin& origin, const std::function<bool(const OriginFile&)>& visit)
      : origin_(origin), visit_(visit) {}

  struct Entry {
    std::string sort_key;
    bool is_folder = false;
    OriginFile file;
  };

  // False: the visitor wants no more.
  bool Folder(const std::string& path, int depth) {
    std::vector<Entry> entries;
    if (const absl::Status status = ReadEntries(path, depth, entries); !status.ok()) {
      // A folder below that vanished meanwhile is no problem.
      if (problem_.ok() && (depth == 0 || !absl::IsNotFound(status))) problem_ = status;
      return true;
    }
    // A folder's files sort as if its name ended in '/': this makes the walk follow the byte order of whole paths.
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.sort_key < b.sort_key; });
    for (const Entry& entry : entries) {
      if (entry.is_folder ? !Folder(entry.file.path, depth + 1) : !visit_(entry.file)) return false;
    }
    return true;
  }

  const absl::Status& problem() const { return problem_; }

  absl::Status ReadEntries(const std::string& path, int depth, std::vector<Entry>& entries) {
    if (depth > kMaxDepth) return InvalidArgument("'" + path + "' lies deeper than " + std::to_string(kMaxDepth));
    LOCUS_ASSIGN_OR_RETURN(const int fd, origin_.OpenInside(path, O_RDONLY | O_DIRECTORY));
    DIR* dir = ::fdopendir(fd);
    if (dir == nullptr) {
      ::close(fd);
      return origin_.ErrnoStatus(path, errno);
    }
    while (const dirent* e = ::readdir(dir)) {
      const std::string name = e->d_name;
      if (name != "." && name != "..") Add(fd, path, name, entries);
    }
    ::closedir(dir);
    return absl::OkStatus();
  }

 private:
  void Add(int fd, const std::string& folder, const std::string& name, std::vector<Entry>& entries) {
    const std::string path = JoinPath(folder, name);
    if (!CheckPath(path).ok()) {
      ++origin_.skipped_entries_;
      return;
    }
    struct stat s {};
    if (::fstatat(fd, name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (S_ISDIR(s.st_mode)) {
      entries.push_back({name + "/", true, {path, 0, 0, 0}});
    } else if (S_ISREG(s.st_mode)) {
      entries.push_back({name, false, FileOf(path, s)});
    } else if (S_ISLNK(s.st_mode)) {
      if (const auto file = origin_.Stat(path); file.ok()) {
        entries.push_back({name, false, *file});
      } else {
        ++origin_.skipped_entries_;
      }
    }
  }

  LocalFolderOrigin& origin_;
  const std::function<bool(const OriginFile&)>& visit_;
  absl::Status problem_;
};

absl::StatusOr<bool> LocalFolderOrigin::IsFolder(const std::string& path) const {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  LOCUS_ASSIGN_OR_RETURN(const int fd, OpenInside(path, O_PATH));
  const Descriptor descriptor(fd);
  struct stat s {};
  if (::fstat(fd, &s) != 0) return ErrnoStatus(path, errno);
  return S_ISDIR(s.st_mode);
}

absl::Status LocalFolderOrigin::List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) {
  LOCUS_ASSIGN_OR_RETURN(const bool is_folder, IsFolder(path));
  if (!is_folder) {
    LOCUS_ASSIGN_OR_RETURN(const OriginFile file, Stat(path));
    visit(file);
    return absl::OkStatus();
  }
  Walk walk(*this, visit);
  walk.Folder(path, 0);
  return walk.problem();
}

absl::Status LocalFolderOrigin::Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                                         const std::function<bool(const std::string&)>& folder) {
  LOCUS_ASSIGN_OR_RETURN(const bool is_folder, IsFolder(path));
  if (!is_folder) {
    LOCUS_ASSIGN_OR_RETURN(const OriginFile itself, Stat(path));
    file(itself);
    return absl::OkStatus();
  }
  std::vector<Walk::Entry> entries;
  LOCUS_RETURN_IF_ERROR(Walk(*this, file).ReadEntries(path, 0, entries));
  for (const Walk::Entry& entry : entries) {
    if (entry.is_folder ? !folder(entry.file.path) : !file(entry.file)) break;
  }
  return absl::OkStatus();
}

}  // namespace locus::worker
