#include "locusctl/caches/known_workers.h"

#include "alluxio_wire/uri_path.h"
#include "common/status.h"

namespace locus::ctl {

std::vector<LoadWorker> WorkersOf(const v1::ListWorkersResponse& response, uint32_t port) {
  std::vector<LoadWorker> workers;
  for (const v1::Worker& worker : response.workers().workers()) {
    if (worker.blocks_from() == v1::Worker::MASTER) continue;
    const std::string& host = worker.address().host();
    const bool v6 = host.find(':') != std::string::npos;
    const std::string shown = v6 ? "[" + host + "]" : host;
    workers.push_back({worker.node(), host,
                       shown + ":" + std::to_string(port == 0 ? worker.address().data_port() : port),
                       worker.state() != v1::Worker::LOST});
  }
  return workers;
}

absl::StatusOr<std::string> PathOnWorkers(const std::string& uri, LocalitySource& meta) {
  std::vector<MountedUri> mounts;
  if (!alluxio_wire::NamesPath(uri)) {
    LOCUS_ASSIGN_OR_RETURN(const v1::ListMountsResponse response, meta.ListMounts());
    for (const v1::Mount& mount : response.mounts()) mounts.push_back({mount.path(), mount.ufs_uri()});
  }
  return LoadPath(uri, mounts);
}

int PathFailed(const Output& output, const absl::Status& status, const std::string& verb, const std::string& meta) {
  const bool unknown = absl::IsNotFound(status);
  if (!unknown && !absl::IsInvalidArgument(status)) return MetaFailed(output, status, "list mounts", meta);
  Complain(output, MessageOf(status), "See `locusctl " + verb + " --help`.");
  return unknown ? kNegative : kUsage;
}

}  // namespace locus::ctl
