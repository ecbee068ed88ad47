#include "cache_worker/alluxio_config.h"

#include "cache_worker/origin_config.h"
#include "common/endpoint.h"
#include "common/security.h"
#include "common/status.h"

namespace locus::worker {
namespace {

Duration Of(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) + std::chrono::nanoseconds(duration.nanos());
}

std::string UfsUri(const config::v1::Worker::OriginMount& mount) {
  if (!mount.ufs_uri().empty()) return mount.ufs_uri();
  switch (KindOf(mount)) {
    case OriginKind::kFolder: return "file://" + mount.folder();
    case OriginKind::kHttp: return mount.http().url();
    case OriginKind::kS3: break;
  }
  return "s3://" + mount.s3().bucket() + "/" + mount.s3().prefix();
}

}  // namespace

bool IsAlluxioWorker(const config::v1::Worker& config) { return config.mode() == "alluxio"; }

bool ServesAlluxio(const config::v1::Worker& config) {
  return IsAlluxioWorker(config) || (config.mode() == "store" && config.alluxio().enabled());
}

std::vector<std::string> AlluxioProblems(const config::v1::Worker& config,
                                         const config::v1::Worker::Alluxio& defaults) {
  std::vector<std::string> problems;
  const config::v1::Worker::Alluxio& alluxio = config.alluxio();
  if (IsAlluxioWorker(config)) {
    const auto masters = ParseEndpoints({alluxio.masters().begin(), alluxio.masters().end()});
    if (!masters.ok()) problems.push_back("alluxio.masters: " + MessageOf(masters.status()));
    if (!config.listen().port_file().empty()) {
      problems.push_back(
          "listen.port_file: has no meaning in mode alluxio, which opens no port but alluxio.listen: "
          "remove it");
    }
    return problems;
  }
  if (config.mode() == "agent" && alluxio.SerializeAsString() != defaults.SerializeAsString()) {
    problems.push_back("alluxio: has no meaning in mode agent: remove it");
    return problems;
  }
  if (!alluxio.masters().empty()) {
    problems.push_back("alluxio.masters: has no meaning in mode store: remove it, or set mode: alluxio");
  }
  return problems;
}

AlluxioServerOptions AlluxioOptions(const config::v1::Worker& config) {
  AlluxioServerOptions options;
  options.address = config.alluxio().listen().address();
  options.port = static_cast<int>(config.alluxio().listen().port());
  options.max_streams = config.alluxio().max_streams();
  options.window = config.alluxio().window();
  options.fetchers = config.store().fetchers();
  options.connections = ToLimits(config.limits());
  return options;
}

MasterLinkOptions LinkOptions(const config::v1::Worker& config, const std::string& host, int data_port, int web_port,
                              uint64_t seed) {
  MasterLinkOptions options;
  const auto& alluxio = config.alluxio();
  options.masters = ParseEndpoints({alluxio.masters().begin(), alluxio.masters().end()}).value_or(options.masters);
  options.user = alluxio.user();
  options.place = {host, alluxio.container_host(), data_port, web_port};
  options.heartbeat = Of(alluxio.heartbeat());
  options.offer = alluxio.offer() == "all";
  options.seed = seed;
  return options;
}

std::vector<UfsMount> UfsMounts(const config::v1::Worker& config) {
  std::vector<UfsMount> mounts;
  if (!config.origin().folder().empty()) mounts.push_back({"file://" + config.origin().folder(), "/"});
  for (const auto& mount : config.origin().mounts()) mounts.push_back({UfsUri(mount), mount.path()});
  return mounts;
}

}  // namespace locus::worker
