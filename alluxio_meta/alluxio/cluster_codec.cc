#include "alluxio_meta/alluxio/cluster_codec.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <utility>

#include "alluxio_meta/alluxio/file_codec.h"

namespace locus::meta {
namespace {

namespace block = ::alluxio::grpc::block;

uint64_t BytesOf(const google::protobuf::Map<std::string, int64_t>& by_tier, const std::string& tier) {
  const auto found = by_tier.find(tier);
  return found == by_tier.end() || found->second < 0 ? 0 : static_cast<uint64_t>(found->second);
}

MasterWorker WorkerOf(const block::WorkerInfo& info) {
  MasterWorker worker;
  worker.address = {info.address().host(), info.address().container_host(),
                    static_cast<uint32_t>(info.address().data_port())};
  for (const auto& tier : info.address().tiered_identity().tiers()) {
    if (tier.tier_name() == "node") worker.identity_node = tier.value();
  }
  worker.live = IsLiveState(info.state());
  worker.silence = std::chrono::seconds(std::max(0, info.last_contact_sec()));
  worker.start_ms = info.start_time_ms();
  for (const auto& [alias, capacity] : info.capacity_bytes_on_tiers()) {
    const std::optional<Tier> tier = TierOf(alias);
    if (!tier.has_value()) continue;
    worker.tiers.push_back(
        {*tier, BytesOf(info.capacity_bytes_on_tiers(), alias), BytesOf(info.used_bytes_on_tiers(), alias)});
  }
  std::sort(worker.tiers.begin(), worker.tiers.end(),
            [](const TierUse& a, const TierUse& b) { return a.tier < b.tier; });
  worker.version = info.build_version().version();
  return worker;
}

}  // namespace

bool IsLiveState(std::string_view state) {
  constexpr std::array<std::string_view, 4> kNo = {"lost", "out of service", "decommission", "disabled"};
  std::string lower(state);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::none_of(kNo.begin(), kNo.end(),
                      [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::vector<MasterWorker> WorkersOf(const block::GetWorkerInfoListResponse& response) {
  std::map<HolderAddress, MasterWorker> by_address;
  for (const block::WorkerInfo& info : response.worker_infos()) {
    if (info.address().host().empty() || info.address().data_port() <= 0) continue;
    MasterWorker worker = WorkerOf(info);
    const auto [at, added] = by_address.try_emplace(worker.address, worker);
    const MasterWorker& other = at->second;
    if (!added && std::pair(worker.live, worker.start_ms) > std::pair(other.live, other.start_ms)) {
      at->second = std::move(worker);
    }
  }
  std::vector<MasterWorker> workers;
  workers.reserve(by_address.size());
  for (auto& [address, worker] : by_address) workers.push_back(std::move(worker));
  return workers;
}

std::vector<Mount> MountsOf(const ::alluxio::grpc::file::GetMountTableResponse& response) {
  std::vector<Mount> mounts;
  for (const auto& [path, info] : response.mount_points()) {
    const std::string& uri = info.ufs_uri();
    mounts.push_back({path, uri.starts_with('/') ? "file://" + uri : uri});
  }
  std::sort(mounts.begin(), mounts.end(), [](const Mount& a, const Mount& b) { return a.path < b.path; });
  return mounts;
}

MasterLife LifeOf(const ::alluxio::grpc::meta::MasterInfo& info) {
  return {info.leader_master_address(), info.cluster_id(), info.start_time_ms()};
}

std::string PropertyOf(const ::alluxio::grpc::meta::GetConfigurationResponse& response, std::string_view name) {
  for (const auto& property : response.cluster_configs()) {
    if (property.name() == name) return property.value();
  }
  return "";
}

}  // namespace locus::meta
