#include "cache_worker/agent/inotify_kernel.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/status.h"

namespace locus::worker {
namespace {

constexpr uint32_t kSelf = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr uint32_t kFileMask = kSelf | IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
constexpr uint32_t kAppearanceMask = kSelf | IN_CREATE | IN_MOVED_TO;
// What one Read takes: enough to keep up with a busy worker, little enough to look at other things in between.
constexpr size_t kMaxEvents = 8192;
// The kernel queues the two halves of a move one right after the other.
constexpr auto kSecondHalf = std::chrono::milliseconds(2);

absl::Status ErrnoStatus(const std::string& path, int error) {
  const std::string text = "'" + path + "': " + std::strerror(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR: return NotFound(text);
    case EACCES:
    case EPERM: return absl::PermissionDeniedError(text + ": let the agent's user read the folder");
    case ENOSPC:
      return Exhausted("'" + path +
                       "': this user's inotify watches are used up: raise them, for example by `sysctl -w "
                       "fs.inotify.max_user_watches=524288` on the node");
    case EMFILE:
    case ENFILE:
    case ENOMEM: return Exhausted(text);
    default: return Unavailable(text);
  }
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::optional<KernelEvent::Kind> KindOf(uint32_t mask) {
  if (mask & IN_Q_OVERFLOW) return KernelEvent::Kind::kOverflow;
  if (mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF)) return KernelEvent::Kind::kFolderGone;
  if (mask & IN_CREATE) return KernelEvent::Kind::kCreated;
  if (mask & IN_CLOSE_WRITE) return KernelEvent::Kind::kClosedAfterWrite;
  if (mask & IN_MOVED_TO) return KernelEvent::Kind::kMovedIn;
  if (mask & IN_MOVED_FROM) return KernelEvent::Kind::kMovedOut;
  if (mask & IN_DELETE) return KernelEvent::Kind::kDeleted;
  return std::nullopt;
}

// By descriptor, through /proc: what is watched is what is open, whatever the path says by then.
absl::StatusOr<WatchNumber> WatchOpen(int events, int folder, const std::string& path) {
  const std::string link = "/proc/self/fd/" + std::to_string(folder);
  const int watch = ::inotify_add_watch(events, link.c_str(), kFileMask | IN_MASK_ADD);
  if (watch < 0) return ErrnoStatus(path, errno);
  return watch;
}

}  // namespace

absl::StatusOr<std::unique_ptr<InotifyKernel>> InotifyKernel::Create() {
  const int events = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (events < 0 && errno == EMFILE) {
    return Exhausted(
        "the kernel gives no inotify instance: this user's are used up, or the process has too many files open. Raise "
        "them, for example by `sysctl -w fs.inotify.max_user_instances=1024` on the node");
  }
  if (events < 0) return Unavailable(std::string("the kernel gives no inotify instance: ") + std::strerror(errno));
  const int wake = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake < 0) {
    const int error = errno;
    ::close(events);
    return Unavailable(std::string("the kernel gives no eventfd: ") + std::strerror(error));
  }
  return std::unique_ptr<InotifyKernel>(new InotifyKernel(events, wake));
}

InotifyKernel::~InotifyKernel() {
  ::close(events_);
  ::close(wake_);
}

absl::StatusOr<WatchNumber> InotifyKernel::Watch(const std::string& path, WatchFor what) {
  const uint32_t mask = what == WatchFor::kFiles ? kFileMask : kAppearanceMask;
  const int watch = ::inotify_add_watch(events_, path.c_str(), mask | IN_MASK_ADD);
  if (watch < 0) return ErrnoStatus(path, errno);
  return watch;
}

absl::StatusOr<WatchNumber> InotifyKernel::List(const std::string& path, const FoundFile& found) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(path, errno);
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(fd));
  if (folder == nullptr) {
    const int error = errno;
    ::close(fd);
    return ErrnoStatus(path, error);
  }
  LOCUS_ASSIGN_OR_RETURN(const WatchNumber watch, WatchOpen(events_, fd, path));
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr && errno != 0) return ErrnoStatus(path, errno);
    if (entry == nullptr) return watch;
    if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN) continue;
    struct stat s {};
    // One that vanished meanwhile has its event.
    if (::fstatat(fd, entry->d_name, &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode)) continue;
    found(entry->d_name, static_cast<uint64_t>(s.st_size));
  }
}

void InotifyKernel::Unwatch(WatchNumber watch) { ::inotify_rm_watch(events_, watch); }

bool InotifyKernel::Wait(Duration timeout) {
  pollfd fds[] = {{events_, POLLIN, 0}, {wake_, POLLIN, 0}};
  // Rounded up: a wait of less than a millisecond must not become a spin.
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout);
  if (::poll(fds, 2, static_cast<int>(std::min<int64_t>(ms.count(), 3'600'000))) <= 0) return false;
  if ((fds[1].revents & POLLIN) != 0) {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = ::read(wake_, &count, sizeof(count));
  }
  return (fds[0].revents & POLLIN) != 0;
}

bool InotifyKernel::ReadOnce(std::vector<KernelEvent>& events) {
  const ssize_t bytes = ::read(events_, buffer_.data(), buffer_.size());
  bool half = false;
  for (ssize_t at = 0; at < bytes;) {
    // The kernel aligns each event for this; the buffer's memory is aligned for anything.
    const auto* raw = reinterpret_cast<const inotify_event*>(buffer_.data() + at);
    at += static_cast<ssize_t>(sizeof(inotify_event) + raw->len);
    half = (raw->mask & IN_MOVED_FROM) != 0;
    const std::optional<KernelEvent::Kind> kind = KindOf(raw->mask);
    if (!kind) continue;
    events.push_back({*kind, raw->wd, raw->len > 0 ? raw->name : "", (raw->mask & IN_ISDIR) != 0});
  }
  return half;
}

std::vector<KernelEvent> InotifyKernel::Read(Duration timeout) {
  std::vector<KernelEvent> events;
  if (!Wait(timeout)) return events;
  for (size_t before = SIZE_MAX; events.size() < kMaxEvents && events.size() != before;) {
    before = events.size();
    if (ReadOnce(events) && Wait(kSecondHalf)) ReadOnce(events);
  }
  return events;
}

void InotifyKernel::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(wake_, &one, sizeof(one));
}

std::optional<FileFigures> InotifyKernel::Look(const std::string& path) {
  struct stat s {};
  if (::lstat(path.c_str(), &s) != 0 || !S_ISREG(s.st_mode)) return std::nullopt;
  const auto changed = std::chrono::seconds(s.st_ctim.tv_sec) + std::chrono::nanoseconds(s.st_ctim.tv_nsec);
  return FileFigures{static_cast<uint64_t>(s.st_size),
                     WallTime(std::chrono::duration_cast<WallTime::duration>(changed))};
}

std::optional<uint64_t> InotifyKernel::SizeOfFileSystem(const std::string& path) {
  struct statvfs s {};
  if (::statvfs(path.c_str(), &s) != 0) return std::nullopt;
  return static_cast<uint64_t>(s.f_blocks) * s.f_frsize;
}

}  // namespace locus::worker
