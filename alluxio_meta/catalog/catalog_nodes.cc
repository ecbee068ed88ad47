#include "alluxio_meta/catalog/catalog_nodes.h"

#include <utility>

#include "alluxio_meta/nodes/host_name.h"

namespace locus::meta {
namespace {

std::string KeyOf(std::string_view host, std::string_view container_host) {
  return HostKey(host) + '\0' + HostKey(container_host);
}

}  // namespace

std::string CatalogNodes::NodeOf(std::string_view host, std::string_view container_host) const {
  const std::shared_ptr<const Nodes> nodes = Present();
  auto place = nodes->find(KeyOf(host, container_host));
  if (place == nodes->end()) place = nodes->find(HostKey(host));
  return place == nodes->end() ? "" : place->second;
}

std::shared_ptr<const CatalogNodes::Nodes> CatalogNodes::Present() const {
  const SteadyTime now = clock_.Now();
  {
    MutexLock lock(mutex_);
    if (nodes_ != nullptr && now - made_ < kRefresh) return nodes_;
    // Who comes meanwhile takes the copy of before.
    made_ = now;
    if (nodes_ == nullptr) nodes_ = std::make_shared<const Nodes>();
  }
  auto fresh = std::make_shared<Nodes>();
  for (const WorkerPicture& picture : catalog_.Workers()) {
    const Worker& worker = picture.worker;
    if (worker.node.empty()) continue;
    fresh->emplace(HostKey(worker.address.host), worker.node);
    fresh->insert_or_assign(KeyOf(worker.address.host, worker.address.container_host), worker.node);
  }
  MutexLock lock(mutex_);
  nodes_ = std::move(fresh);
  return nodes_;
}

}  // namespace locus::meta
