// The executors of one application, by the worker beside which they run. Pure.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "alluxio_meta/applications/application.h"
#include "alluxio_meta/front/rewriter.h"
#include "alluxio_meta/front/worker_nodes.h"

namespace locus::meta {

// Not thread-safe; for one call. A worker is looked up once.
class CallerExecutors final : public ExecutorSource {
 public:
  // `nodes` must outlive it.
  CallerExecutors(std::shared_ptr<const Application> application, const WorkerNodes& nodes)
      : application_(std::move(application)), nodes_(nodes) {}

  // Those on the worker's Kubernetes node; where the node is not known, or has none, those whose host has the worker's
  // own address.
  std::span<const std::string> ExecutorsBeside(std::string_view host, std::string_view container_host) override;

 private:
  std::vector<std::string> Find(std::string_view host, std::string_view container_host) const;

  const std::shared_ptr<const Application> application_;
  const WorkerNodes& nodes_;
  // By host, NUL, container host.
  std::unordered_map<std::string, std::vector<std::string>> found_;
  std::string key_;
};

}  // namespace locus::meta
