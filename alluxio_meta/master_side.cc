#include "alluxio_meta/master_side.h"

#include <utility>

#include "alluxio_meta/alluxio/master_metrics.h"
#include "alluxio_meta/nodes/kube_directory_metrics.h"
#include "alluxio_meta/nodes/node_matcher.h"
#include "common/status.h"
#include "kube/credentials.h"
#include "kube/http_api.h"

namespace locus::meta {

absl::StatusOr<std::unique_ptr<MasterSide>> MasterSide::Create(const MetaConfig& config, Catalog& catalog,
                                                               const MasterSideEnvironment& environment,
                                                               const Clock& clock, Metrics& metrics) {
  if (config.catalog.source == Source::kWorkers) return nullptr;
  if (config.in_cluster && environment.kube_host.empty()) {
    return InvalidArgument(
        "nodes.kubernetes.in_cluster: KUBERNETES_SERVICE_HOST is not set, so this is no pod: set "
        "nodes.kubernetes.kubeconfig");
  }
  MasterOptions options = config.master;
  options.seed = environment.seed;
  LOCUS_ASSIGN_OR_RETURN(std::unique_ptr<MasterClient> client, MasterClient::Create(std::move(options), clock));
  ExportMaster(*client, metrics);
  std::unique_ptr<MasterSide> side(new MasterSide(std::move(client), config, catalog, clock));
  if (!config.in_cluster && config.kubeconfig.empty()) {
    side->NameNodes({config.nodes.known, {}});
    return side;
  }
  kube::HttpApiOptions api;
  api.user_agent = "locus-meta";
  api.call_timeout = config.kube_call_timeout;
  api.server_clock = environment.server_clock;
  KubeDirectoryOptions nodes = config.nodes;
  nodes.seed = environment.seed;
  side->directory_ = std::make_unique<KubeDirectory>(
      std::make_unique<kube::HttpApi>(config.in_cluster
                                          ? kube::Credentials::InCluster(environment.kube_host, environment.kube_port)
                                          : kube::Credentials::FromKubeconfig(config.kubeconfig),
                                      std::move(api)),
      std::move(nodes), clock,
      [side = side.get()](const std::shared_ptr<const NodeDirectory>& directory) { side->NameNodes(*directory); });
  ExportKubeDirectory(*side->directory_, metrics);
  return side;
}

MasterSide::MasterSide(std::unique_ptr<MasterClient> client, const MetaConfig& config, Catalog& catalog,
                       const Clock& clock)
    : catalog_(catalog), client_(std::move(client)), mirror_(*client_, catalog, config.mirror, clock) {}

MasterSide::~MasterSide() { Stop(); }

void MasterSide::Start() {
  if (directory_ != nullptr) directory_->Start();
  mirror_.Start();
}

void MasterSide::Stop() {
  mirror_.Stop();
  if (directory_ != nullptr) directory_->Stop();
}

bool MasterSide::NodesTold() const {
  if (directory_ == nullptr) return true;
  const KubeDirectoryStats stats = directory_->Stats();
  return stats.rounds > stats.node_failures;
}

void MasterSide::NameNodes(const NodeDirectory& directory) {
  catalog_.SetNodeNamer([matcher = std::make_shared<const NodeMatcher>(directory)](const Worker& worker) {
    const NodeMatch match = matcher->Match({worker.address.host, worker.address.container_host, worker.identity_node});
    return NodeNaming{match.node, std::string(match.matched_by), match.problem};
  });
}

}  // namespace locus::meta
