#include "locusctl/local_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/status.h"

namespace locus::ctl {
namespace {

constexpr size_t kMaxBytes = 4 << 20;

absl::Status Failed(const std::string& what, const std::string& path, int error) {
  const std::string text = what + " " + path + ": " + std::strerror(error);
  if (error == ENOENT || error == ENOTDIR) return NotFound(text);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(ToAbsl(text));
  return Internal(text);
}

// Closes what it holds.
struct Descriptor {
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

absl::Status WriteAll(int fd, const std::string& path, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("cannot write", path, errno);
    done += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return Failed("cannot read", path, errno);
  std::string text;
  std::string buffer(65536, '\0');
  for (;;) {
    const ssize_t n = ::read(file.fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EISDIR) return InvalidArgument("cannot read " + path + ": it is a folder");
    if (n < 0) return Failed("cannot read", path, errno);
    if (n == 0) return text;
    text.append(buffer.data(), static_cast<size_t>(n));
    if (text.size() > kMaxBytes) return InvalidArgument("cannot read " + path + ": larger than 4 MiB");
  }
}

absl::Status WritePrivateFile(const std::string& path, const std::string& text) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor file{::mkostemp(temporary.data(), O_CLOEXEC)};
  if (file.fd < 0) return Failed("cannot write", path, errno);
  absl::Status status = WriteAll(file.fd, path, text);
  if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) status = Failed("cannot write", path, errno);
  if (!status.ok()) ::unlink(temporary.c_str());
  return status;
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return absl::OkStatus();
  const std::filesystem::path parent = std::filesystem::path(path).lexically_normal().parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Failed("cannot make the folder", path, errno);
  if (!std::filesystem::is_directory(path, error)) return InvalidArgument(path + " is no folder");
  return absl::OkStatus();
}

absl::StatusOr<PrivateFolder> PrivateFolder::Make(const std::string& below) {
  std::string path = below + "/locusctl-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return Failed("cannot make a folder below", below, errno);
  return PrivateFolder(path);
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace locus::ctl
