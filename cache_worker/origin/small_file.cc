#include "cache_worker/origin/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/status.h"

namespace locus::worker {

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  // Not to hang on a FIFO.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return Unavailable("cannot read '" + path + "': " + std::strerror(errno));
  std::string text(kMaxSmallFileBytes + 1, '\0');
  size_t size = 0;
  ssize_t n = 1;
  while (n != 0 && size < text.size()) {
    n = ::read(fd, text.data() + size, text.size() - size);
    if (n > 0) size += static_cast<size_t>(n);
    if (n < 0 && errno != EINTR) break;
  }
  const int error = errno;
  ::close(fd);
  if (n < 0) return Unavailable("cannot read '" + path + "': " + std::strerror(error));
  if (size > kMaxSmallFileBytes) return Unavailable("'" + path + "' is larger than a file of its kind can be");
  text.resize(size);
  return text;
}

}  // namespace locus::worker
