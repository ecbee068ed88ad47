#include "cache_worker/store/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/status.h"

namespace locus::worker {
namespace {

absl::Status ErrnoStatus(const std::string& path, int error) {
  const std::string text = "'" + path + "': " + std::strerror(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR: return NotFound(text);
    case ENOSPC:
    case EDQUOT: return Exhausted(text);
    case EIO:
    case EUCLEAN: return absl::DataLossError(text);
    case EROFS:
    case EACCES:
    case EPERM: return absl::FailedPreconditionError(text);
    default: return Unavailable(text);
  }
}

// Far above a tick of any kernel.
constexpr int64_t kRecentNs = 100'000'000;

int64_t Nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  ~PosixReadableFile() override { ::close(fd_); }

  absl::StatusOr<uint64_t> Size() override {
    struct stat s {};
    if (::fstat(fd_, &s) != 0) return ErrnoStatus(path_, errno);
    return static_cast<uint64_t>(s.st_size);
  }

  // Of length and time of the last change, which each write sets (POSIX.1-2017, 4.9 File Times Update) and nobody can
  // set back. It goes in steps of some milliseconds, so two changes may have the same one: a recent one tells nothing.
  uint64_t State() override {
    struct stat s {};
    timespec now{};
    if (::fstat(fd_, &s) != 0 || ::clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0) return 0;
    const int64_t changed_ns = Nanoseconds(s.st_ctim);
    if (Nanoseconds(now) - changed_ns < kRecentNs) return 0;
    return std::max<uint64_t>(
        1, static_cast<uint64_t>(s.st_size) * 0x9E37'79B9'7F4A'7C15 + static_cast<uint64_t>(changed_ns));
  }

  absl::Status ReadAt(uint64_t offset, size_t size, char* to) override {
    for (size_t done = 0; done < size;) {
      const ssize_t n = ::pread(fd_, to + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus(path_, errno);
      if (n == 0) return absl::DataLossError("'" + path_ + "' ends too early");
      done += static_cast<size_t>(n);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Descriptor> Duplicate() override {
    const int fd = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return ErrnoStatus(path_, errno);
    return Descriptor(fd);
  }

  absl::StatusOr<std::shared_ptr<const MappedFile>> Map(uint64_t size) override {
    return MappedFile::Create(fd_, size, path_);
  }

  // A hint: what comes of it is seen by the clock alone.
  void WillNeed(uint64_t offset, uint64_t size) override {
    static_cast<void>(::posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(size), POSIX_FADV_WILLNEED));
  }

 private:
  const std::string path_;
  const int fd_;
};

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  ~PosixWritableFile() override {
    if (fd_ >= 0) ::close(fd_);
  }

  absl::Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus(path_, errno);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return absl::OkStatus();
  }

  absl::Status Sync() override { return ::fdatasync(fd_) == 0 ? absl::OkStatus() : ErrnoStatus(path_, errno); }

  absl::Status Close() override {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0 ? absl::OkStatus() : ErrnoStatus(path_, errno);
  }

 private:
  const std::string path_;
  int fd_;
};

class PosixFolderLock final : public FolderLock {
 public:
  explicit PosixFolderLock(int fd) : fd_(fd) {}
  ~PosixFolderLock() override { ::close(fd_); }

 private:
  const int fd_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ReadableFile>> PosixFileSystem::Open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(path, errno);
  return std::make_unique<PosixReadableFile>(path, fd);
}

absl::StatusOr<std::unique_ptr<WritableFile>> PosixFileSystem::Create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return ErrnoStatus(path, errno);
  return std::make_unique<PosixWritableFile>(path, fd);
}

absl::Status PosixFileSystem::Rename(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : ErrnoStatus(from, errno);
}

absl::Status PosixFileSystem::Remove(const std::string& path) {
  return ::unlink(path.c_str()) == 0 ? absl::OkStatus() : ErrnoStatus(path, errno);
}

absl::StatusOr<std::vector<FolderEntry>> PosixFileSystem::List(const std::string& folder) {
  DIR* dir = ::opendir(folder.c_str());
  if (dir == nullptr) return ErrnoStatus(folder, errno);
  std::vector<FolderEntry> entries;
  while (const dirent* e = ::readdir(dir)) {
    const std::string name = e->d_name;
    struct stat s {};
    if (name == "." || name == ".." || ::fstatat(::dirfd(dir), name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0) continue;
    entries.push_back({name, S_ISDIR(s.st_mode), static_cast<uint64_t>(s.st_size), Nanoseconds(s.st_mtim)});
  }
  ::closedir(dir);
  return entries;
}

absl::Status PosixFileSystem::MakeFolder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0750) == 0) return absl::OkStatus();
  if (errno == ENOENT && folder.find('/', 1) != std::string::npos) {
    LOCUS_RETURN_IF_ERROR(MakeFolder(folder.substr(0, folder.rfind('/'))));
    if (::mkdir(folder.c_str(), 0750) == 0) return absl::OkStatus();
  }
  const int error = errno;
  struct stat s {};
  const bool is_folder = ::stat(folder.c_str(), &s) == 0 && S_ISDIR(s.st_mode);
  return error == EEXIST && is_folder ? absl::OkStatus() : ErrnoStatus(folder, error == EEXIST ? ENOTDIR : error);
}

absl::Status PosixFileSystem::SyncFolder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(folder, errno);
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  return result == 0 ? absl::OkStatus() : ErrnoStatus(folder, error);
}

absl::StatusOr<std::unique_ptr<FolderLock>> PosixFileSystem::Lock(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return ErrnoStatus(path, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return std::make_unique<PosixFolderLock>(fd);
  const int error = errno;
  ::close(fd);
  if (error == EWOULDBLOCK) return absl::AlreadyExistsError("'" + path + "' is held by another process");
  return ErrnoStatus(path, error);
}

absl::StatusOr<DiskSpace> PosixFileSystem::Space(const std::string& folder) {
  struct statvfs s {};
  if (::statvfs(folder.c_str(), &s) != 0) return ErrnoStatus(folder, errno);
  return DiskSpace{uint64_t{s.f_bavail} * s.f_frsize, s.f_fsid};
}

}  // namespace locus::worker
