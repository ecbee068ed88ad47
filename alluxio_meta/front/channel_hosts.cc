#include "alluxio_meta/front/channel_hosts.h"

namespace locus::meta {

uint64_t ChannelHosts::Put(const std::string& channel_id, std::string host) {
  MutexLock lock(mutex_);
  hosts_.insert_or_assign(channel_id, std::pair(++last_, std::move(host)));
  return last_;
}

void ChannelHosts::Remove(const std::string& channel_id, uint64_t number) {
  MutexLock lock(mutex_);
  const auto place = hosts_.find(channel_id);
  if (place != hosts_.end() && place->second.first == number) hosts_.erase(place);
}

std::string ChannelHosts::Of(const std::string& channel_id) const {
  MutexLock lock(mutex_);
  const auto place = hosts_.find(channel_id);
  return place == hosts_.end() ? "" : place->second.second;
}

}  // namespace locus::meta
