#include "alluxio_meta/front/alone/cluster_answers.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "alluxio_meta/front/alone/file_infos.h"
#include "alluxio_meta/front/methods.h"
#include "proto/alluxio/block_master.pb.h"
#include "proto/alluxio/meta_master.pb.h"
#include "proto/alluxio/version.pb.h"

namespace locus::meta {
namespace {

namespace alx = ::alluxio::grpc;

constexpr char kBlocks[] = "/alluxio.grpc.block.BlockMasterClientService/";
constexpr char kSettings[] = "/alluxio.grpc.meta.MetaMasterConfigurationService/";
constexpr char kMaster[] = "/alluxio.grpc.meta.MetaMasterClientService/";
constexpr char kMetricsHeartbeat[] = "/alluxio.grpc.metric.MetricsMasterClientService/MetricsHeartbeat";

// What clients of that release take for the version of Hadoop below them.
constexpr char kUnderStoreVersion[] = "3.3.4";

// Clients want exactly this version of each service that they use.
constexpr int64_t kServiceVersion = 2;
constexpr std::array<int, 5> kServices = {
    alx::version::FILE_SYSTEM_MASTER_CLIENT_SERVICE, alx::version::BLOCK_MASTER_CLIENT_SERVICE,
    alx::version::META_MASTER_CONFIG_SERVICE, alx::version::META_MASTER_CLIENT_SERVICE,
    alx::version::METRICS_MASTER_CLIENT_SERVICE};

// What clients take over unless they are told otherwise. Both versions must be there, or a client throws; where they
// are not its own it says so in its log. Workers of Locus have no short circuit: asking for it costs a call for each
// block.
constexpr std::array<std::pair<const char*, const char*>, 4> kSettingsOfClients = {{
    {"alluxio.version", kAlluxioVersion},
    {"alluxio.underfs.version", kUnderStoreVersion},
    {"alluxio.security.authentication.type", "SIMPLE"},
    {"alluxio.user.short.circuit.enabled", "false"},
}};
// Changes with the list above: clients that live long look whether it has.
constexpr char kSettingsHash[] = "locus-1";
constexpr char kPathSettingsHash[] = "none";

int64_t Millis(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::vector<WorkerPicture> Counting(const Catalog& catalog) {
  std::vector<WorkerPicture> workers = catalog.Workers();
  std::erase_if(workers, [](const WorkerPicture& picture) { return picture.worker.state() == WorkerState::kLost; });
  return workers;
}

std::string Settings() {
  alx::meta::GetConfigurationResponse response;
  for (const auto& [name, value] : kSettingsOfClients) {
    alx::ConfigProperty& property = *response.add_cluster_configs();
    property.set_name(name);
    property.set_source("locus-meta");
    property.set_value(value);
  }
  response.set_cluster_config_hash(kSettingsHash);
  response.set_path_config_hash(kPathSettingsHash);
  return response.SerializeAsString();
}

std::string SettingsHash() {
  alx::meta::GetConfigHashResponse response;
  response.set_cluster_config_hash(kSettingsHash);
  response.set_path_config_hash(kPathSettingsHash);
  return response.SerializeAsString();
}

Answer ServiceVersion(const Asked& asked) {
  alx::version::GetServiceVersionRequest request;
  const bool known = request.ParseFromString(asked.request) &&
                     std::find(kServices.begin(), kServices.end(), request.service_type()) != kServices.end();
  if (!known) return Answer::No(grpc::NOT_FOUND, "Locus does not offer this service of an Alluxio master");
  alx::version::GetServiceVersionResponse response;
  response.set_version(kServiceVersion);
  return Answer::Message(response.SerializeAsString());
}

}  // namespace

void ClusterAnswers::AddTo(MethodTable* table) {
  const auto add = [&](const std::string& name, bool open, std::function<std::string()> make) {
    (*table)[name] = {[make = std::move(make)](const Asked&, const Reply& reply) { reply(Answer::Message(make())); },
                      open};
  };
  (*table)[std::string(kGetServiceVersion)] = {
      [](const Asked& asked, const Reply& reply) { reply(ServiceVersion(asked)); }, true};
  add(std::string(kSettings) + "GetConfiguration", true, Settings);
  add(std::string(kSettings) + "GetConfigHash", true, SettingsHash);
  add(kMetricsHeartbeat, false, [] { return std::string(); });
  add(std::string(kBlocks) + "GetWorkerInfoList", false, [this] { return WorkerList(); });
  add(std::string(kBlocks) + "GetWorkerReport", false, [this] { return WorkerList(); });
  add(std::string(kBlocks) + "GetBlockMasterInfo", false, [this] { return BlockMasterInfo(); });
  add(std::string(kBlocks) + "GetCapacityBytes", false, [this] { return Bytes(&TierUse::capacity); });
  add(std::string(kBlocks) + "GetUsedBytes", false, [this] { return Bytes(&TierUse::used); });
  add(std::string(kMaster) + "GetMasterInfo", false, [this] { return MasterInfo(); });
}

std::string ClusterAnswers::WorkerList() const {
  alx::block::GetWorkerInfoListResponse response;
  for (const WorkerPicture& worker : Counting(catalog_)) FillWorkerInfo(worker, response.add_worker_infos());
  return response.SerializeAsString();
}

std::string ClusterAnswers::BlockMasterInfo() const {
  alx::block::GetBlockMasterInfoResponse response;
  alx::block::BlockMasterInfo& info = *response.mutable_block_master_info();
  const std::vector<WorkerPicture> workers = Counting(catalog_);
  int64_t capacity = 0;
  int64_t used = 0;
  for (const WorkerPicture& worker : workers) {
    alx::block::WorkerInfo one;
    FillWorkerInfo(worker, &one);
    capacity += one.capacity_bytes();
    used += one.used_bytes();
    for (const auto& [tier, bytes] : one.capacity_bytes_on_tiers()) {
      (*info.mutable_capacity_bytes_on_tiers())[tier] += bytes;
    }
    for (const auto& [tier, bytes] : one.used_bytes_on_tiers()) (*info.mutable_used_bytes_on_tiers())[tier] += bytes;
  }
  info.set_capacity_bytes(capacity);
  info.set_used_bytes(used);
  info.set_free_bytes(std::max<int64_t>(0, capacity - used));
  info.set_live_worker_num(static_cast<int32_t>(workers.size()));
  info.set_lost_worker_num(static_cast<int32_t>(catalog_.Stats().lost));
  return response.SerializeAsString();
}

std::string ClusterAnswers::Bytes(uint64_t TierUse::*figure) const {
  uint64_t bytes = 0;
  for (const WorkerPicture& picture : Counting(catalog_)) {
    for (const TierUse& use : picture.worker.tiers) bytes += use.*figure;
  }
  alx::block::BytesResponse response;
  response.set_bytes(static_cast<int64_t>(bytes));
  return response.SerializeAsString();
}

std::string ClusterAnswers::MasterInfo() const {
  alx::meta::GetMasterInfoResponse response;
  alx::meta::MasterInfo& info = *response.mutable_master_info();
  info.set_leader_master_address(host_ + ":" + std::to_string(port_));
  alx::NetAddress& self = *info.add_master_addresses();
  self.set_host(host_);
  self.set_rpc_port(port_);
  info.set_rpc_port(port_);
  info.set_safe_mode(false);
  info.set_start_time_ms(Millis(started_));
  info.set_up_time_ms(Millis(clock_.WallNow()) - Millis(started_));
  info.set_version(kAlluxioVersion);
  info.set_cluster_id("locus-" + std::to_string(cluster_));
  for (const WorkerPicture& picture : Counting(catalog_)) {
    alx::NetAddress& worker = *info.add_worker_addresses();
    worker.set_host(picture.worker.address.host);
    worker.set_rpc_port(static_cast<int32_t>(picture.worker.address.data_port));
  }
  return response.SerializeAsString();
}

}  // namespace locus::meta
