#include "alluxio_meta/front/caller_executors.h"

#include "alluxio_meta/nodes/host_name.h"

namespace locus::meta {

std::span<const std::string> CallerExecutors::ExecutorsBeside(std::string_view host, std::string_view container_host) {
  key_.assign(host);
  key_.push_back('\0');
  key_.append(container_host);
  const auto place = found_.find(key_);
  if (place != found_.end()) return place->second;
  return found_.emplace(key_, Find(host, container_host)).first->second;
}

std::vector<std::string> CallerExecutors::Find(std::string_view host, std::string_view container_host) const {
  const std::string node = nodes_.NodeOf(host, container_host);
  if (!node.empty()) {
    const auto place = application_->executors.find(node);
    if (place != application_->executors.end()) return place->second;
  }
  std::vector<std::string> beside;
  const std::string key = HostKey(host);
  for (const ApplicationPod& pod : application_->pods) {
    if (pod.driver || pod.ended || pod.address.empty() || pod.host_address.empty()) continue;
    if (HostKey(pod.host_address) == key) beside.push_back(pod.address);
  }
  return beside;
}

}  // namespace locus::meta
