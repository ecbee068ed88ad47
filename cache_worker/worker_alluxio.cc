// What a worker of mode store has for stock Alluxio clients, where it is switched on.
#include "cache_worker/alluxio_config.h"
#include "cache_worker/alluxio_metrics.h"
#include "cache_worker/config.h"
#include "cache_worker/worker.h"
#include "cache_worker/worker_traffic.h"
#include "common/lifecycle.h"
#include "common/status.h"

namespace locus::worker {

void Worker::OpenAlluxio(std::vector<std::string>& problems) {
  if (!ServesAlluxio(config_)) return;
  alluxio_blocks_ = std::make_unique<NamespaceBlocks>(
      *reads_, [this](const std::string& path, uint64_t container) { return store_.FindContent(path, container); });
  alluxio_ = std::make_unique<AlluxioServer>(AlluxioOptions(config_), *alluxio_blocks_, &node_.metrics());
  // locusctl finds workers by what they announce, and that is this port.
  alluxio_->AddService(*service_);
  if (const absl::Status status = alluxio_->Start(); !status.ok()) {
    problems.push_back("alluxio.listen: " + MessageOf(status));
    return;
  }
  ExportAlluxioServer(*alluxio_, node_.exported());
  traffic_ = WatchTraffic(ToDuration(config_.alluxio().traffic()), static_cast<uint16_t>(alluxio_->port()), clock_);
  ExportTraffic(traffic_.get(), node_.exported());
  const absl::Status written = WritePortFile(config_.alluxio().listen().port_file(), alluxio_->port());
  if (!written.ok()) problems.push_back(MessageOf(written));
}

}  // namespace locus::worker
