#include "common/open_connections.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>

namespace locus {
namespace {

// Nothing: it is closed, or no socket.
std::optional<ino_t> InodeOf(int fd) {
  struct stat found {};
  if (::fstat(fd, &found) != 0 || !S_ISSOCK(found.st_mode)) return std::nullopt;
  return found.st_ino;
}

}  // namespace

OpenConnections::Answer OpenConnections::RoomLocked(const std::string& address) const {
  if (limits_.connections > 0 && open_.size() >= limits_.connections) return Answer::kTooMany;
  const auto found = by_address_.find(address);
  const bool many = limits_.per_address > 0 && found != by_address_.end() && found->second >= limits_.per_address;
  return many ? Answer::kTooManyOfAddress : Answer::kAdmitted;
}

void OpenConnections::LookLocked() {
  std::erase_if(open_, [this](const Connection& connection) {
    if (InodeOf(connection.fd) == connection.inode) return false;
    const auto found = by_address_.find(connection.address);
    if (--found->second == 0) by_address_.erase(found);
    return true;
  });
}

OpenConnections::Answer OpenConnections::Admit(int fd, const std::string& address, SteadyTime now) {
  const std::optional<ino_t> inode = InodeOf(fd);
  MutexLock lock(mutex_);
  Answer answer = RoomLocked(address);
  if (answer != Answer::kAdmitted && now >= next_look_) {
    next_look_ = now + kLookPause;
    LookLocked();
    answer = RoomLocked(address);
  }
  if (answer != Answer::kAdmitted || !inode.has_value()) return answer;
  open_.push_back({fd, *inode, address});
  ++by_address_[address];
  return answer;
}

size_t OpenConnections::Count() {
  MutexLock lock(mutex_);
  LookLocked();
  return open_.size();
}

}  // namespace locus
