#include "alluxio_meta/config.h"

#include "common/status.h"
#include "common/units.h"

namespace locus::meta {
namespace {

constexpr uint32_t kGrpcPort = 8910;
constexpr uint32_t kAdminPort = 8911;

Duration ToDuration(const google::protobuf::Duration& d) {
  return std::chrono::seconds(d.seconds()) + std::chrono::nanoseconds(d.nanos());
}

}  // namespace

void PresetDefaults(config::v1::Meta* config) {
  config->mutable_listen()->set_port(kGrpcPort);
  config->mutable_admin()->set_port(kAdminPort);
}

absl::StatusOr<MetaConfig> ToMetaConfig(const config::v1::Meta& config) {
  std::string problems;
  const auto problem = [&](const std::string& text) { problems += (problems.empty() ? "" : "\n") + text; };

  MetaConfig result;
  result.grpc.address = config.listen().address();
  result.grpc.port = static_cast<int>(config.listen().port());
  result.grpc_port_file = config.listen().port_file();
  result.admin.address = config.admin().address();
  result.admin.port = static_cast<int>(config.admin().port());
  result.admin.max_body_bytes = config.http().max_body();
  result.admin.threads = static_cast<int>(config.http().threads());
  result.admin.idle_timeout = ToDuration(config.http().idle_timeout());
  result.admin.io_timeout = ToDuration(config.http().io_timeout());
  result.admin_port_file = config.admin().port_file();
  if (config.listen().port() != 0 && config.listen().port() == config.admin().port() &&
      config.listen().address() == config.admin().address()) {
    problem("admin.port: " + std::to_string(config.admin().port()) + " is listen.port too");
  }

  if (config.source() != "workers") problem("source: " + config.source() + " is not there yet");
  WorkerOptions& workers = result.catalog.workers;
  workers.lost_after = ToDuration(config.workers().lost_after());
  workers.forget_after = ToDuration(config.workers().forget_after());
  workers.max_workers = config.workers().max_workers();
  if (workers.forget_after < workers.lost_after) {
    problem("workers.forget_after: " + FormatDuration(workers.forget_after) + " is below workers.lost_after (" +
            FormatDuration(workers.lost_after) + ")");
  }
  InterestOptions& interest = result.catalog.interest;
  interest.ttl = ToDuration(config.index().interest_ttl());
  interest.refresh = ToDuration(config.index().listing_refresh());
  interest.negative_ttl = ToDuration(config.index().negative_ttl());
  result.catalog.index.max_files = config.index().max_files();
  result.catalog.max_glob_matches = config.index().max_glob_matches();

  std::vector<Mount> mounts;
  for (const config::v1::Meta::Mount& mount : config.mounts()) mounts.push_back({mount.path(), mount.ufs_uri()});
  absl::StatusOr<MountTable> table = MountTable::Create(mounts);
  if (!table.ok()) problem(MessageOf(table.status()));
  if (!problems.empty()) return InvalidArgument(problems);
  result.mounts = std::move(table).value();
  return result;
}

}  // namespace locus::meta
