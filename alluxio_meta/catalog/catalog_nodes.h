// The Kubernetes nodes of workers, as the catalog knows them, for the front.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/front/worker_nodes.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// Thread-safe. A listing asks for every worker it meets, and the catalog's lock is busy: the answers come from a copy,
// which is looked at anew after kRefresh at the earliest.
class CatalogNodes final : public WorkerNodes {
 public:
  static constexpr Duration kRefresh = std::chrono::milliseconds(500);

  // Both must outlive it.
  CatalogNodes(const Catalog& catalog, const Clock& clock) : catalog_(catalog), clock_(clock) {}

  // Of several workers with that host the one with that container host; any of them when the container host fits none.
  std::string NodeOf(std::string_view host, std::string_view container_host) const override;

 private:
  // By host; by host, NUL, container host.
  using Nodes = std::unordered_map<std::string, std::string>;
  std::shared_ptr<const Nodes> Present() const;

  const Catalog& catalog_;
  const Clock& clock_;
  mutable Mutex mutex_;
  mutable std::shared_ptr<const Nodes> nodes_ GUARDED_BY(mutex_);
  mutable SteadyTime made_ GUARDED_BY(mutex_);
};

}  // namespace locus::meta
