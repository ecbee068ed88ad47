// Which Kubernetes node a worker is on, as the front needs it.
#pragma once

#include <string>
#include <string_view>

namespace locus::meta {

// Thread-safe; nothing blocks for long.
class WorkerNodes {
 public:
  virtual ~WorkerNodes() = default;
  // Of the worker that the master calls so; empty: not known. `container_host` may be empty.
  virtual std::string NodeOf(std::string_view host, std::string_view container_host) const = 0;
};

}  // namespace locus::meta
