// By which host name the client of each session has dialled, where no call is passed on that would tell.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "alluxio_meta/front/channel_hosts.h"
#include "alluxio_meta/front/peer.h"
#include "alluxio_wire/sasl_service.h"
#include "common/mutex.h"

namespace locus::meta {

// Thread-safe.
class SessionHosts final : public alluxio_wire::SessionListener {
 public:
  // Must outlive it.
  explicit SessionHosts(ChannelHosts& hosts) : hosts_(hosts) {}

  void OnOpened(const std::string& channel_id, const std::string& channel_ref) override {
    std::string host = DialledHost(channel_ref);
    if (host.empty()) return;
    MutexLock lock(mutex_);
    numbers_[channel_id] = hosts_.Put(channel_id, std::move(host));
  }
  void OnClosed(const std::string& channel_id) override {
    MutexLock lock(mutex_);
    const auto place = numbers_.find(channel_id);
    if (place == numbers_.end()) return;
    hosts_.Remove(channel_id, place->second);
    numbers_.erase(place);
  }

 private:
  ChannelHosts& hosts_;
  Mutex mutex_;
  std::unordered_map<std::string, uint64_t> numbers_ GUARDED_BY(mutex_);
};

}  // namespace locus::meta
