// Which connections of a server are open, told from their descriptors alone, and whether there is room for one more.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"

namespace locus {

struct ConnectionLimits {
  // Open at once. 0: no bound.
  size_t connections = 0;
  // Of these, from one address, so that a single client does not take them all. 0: no bound of its own.
  size_t per_address = 0;
};

// For sockets that are given away to somebody who closes them without a word. A socket is known by its inode, a number
// that the kernel gives out anew only after billions of others; a descriptor that shows another one, or nothing, was
// closed. Thread-safe.
class OpenConnections {
 public:
  explicit OpenConnections(ConnectionLimits limits) : limits_(limits) {}

  enum class Answer { kAdmitted, kTooMany, kTooManyOfAddress };
  // Whether the socket may be served; it is then among the open ones until somebody closes it. O(1) while there is
  // room. When there seems to be none it looks anew, O(open ones), at most each kLookPause: for as long a connection
  // may be refused whose place has just become free.
  Answer Admit(int fd, const std::string& address, SteadyTime now);
  // Looks anew.
  size_t Count();

  static constexpr Duration kLookPause = std::chrono::milliseconds(100);

 private:
  struct Connection {
    int fd;
    ino_t inode;
    std::string address;
  };

  Answer RoomLocked(const std::string& address) const REQUIRES(mutex_);
  void LookLocked() REQUIRES(mutex_);

  const ConnectionLimits limits_;
  Mutex mutex_;
  std::vector<Connection> open_ GUARDED_BY(mutex_);
  std::map<std::string, size_t> by_address_ GUARDED_BY(mutex_);
  SteadyTime next_look_ GUARDED_BY(mutex_);
};

}  // namespace locus
