// By which host name each authenticated client has dialled. Pure but for its lock.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "common/mutex.h"

namespace locus::meta {

// Thread-safe. As many entries as there are sessions.
class ChannelHosts {
 public:
  // From now on calls with this channel id come from a client that has dialled `host`. The number takes it back.
  uint64_t Put(const std::string& channel_id, std::string host);
  // Nothing, when another session has the id by now.
  void Remove(const std::string& channel_id, uint64_t number);
  // Empty when not known.
  std::string Of(const std::string& channel_id) const;

 private:
  mutable Mutex mutex_;
  uint64_t last_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::pair<uint64_t, std::string>> hosts_ GUARDED_BY(mutex_);
};

}  // namespace locus::meta
