#include "tests/support/alluxio/services.h"

#include <algorithm>
#include <set>

#include "common/grpc_server.h"
#include "common/status.h"
#include "proto/alluxio/block_master.grpc.pb.h"
#include "proto/alluxio/meta_master.grpc.pb.h"
#include "proto/alluxio/version.grpc.pb.h"

namespace locus::fake_alluxio {
namespace {

namespace block = alluxio::grpc::block;
namespace meta = alluxio::grpc::meta;
namespace version = alluxio::grpc::version;

constexpr int64_t kServiceVersion = 2;
// Of UNKNOWN_SERVICE.
constexpr int64_t kNoVersion = -1;

class VersionService final : public version::ServiceVersionClientService::Service {
 public:
  explicit VersionService(Desk& desk) : desk_(desk) {}

  grpc::Status getServiceVersion(grpc::ServerContext* context, const version::GetServiceVersionRequest* request,
                                 version::GetServiceVersionResponse* response) override {
    return desk_.ServeOpen(*context, {.method = "getServiceVersion"}, true, [&](const std::string&, int64_t&) {
      const Role role = desk_.role();
      if (role == Role::kStandbyUnavailable && !request->allowed_on_standby_masters()) {
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "This master is not the leader.");
      }
      if (role == Role::kStandbyNotFound) {
        return grpc::Status(grpc::StatusCode::NOT_FOUND, "Service is not found.");
      }
      response->set_version(request->service_type() == version::UNKNOWN_SERVICE ? kNoVersion : kServiceVersion);
      return grpc::Status::OK;
    });
  }

 private:
  Desk& desk_;
};

class ConfigurationService final : public meta::MetaMasterConfigurationService::Service {
 public:
  explicit ConfigurationService(Desk& desk) : desk_(desk) {}

  grpc::Status GetConfiguration(grpc::ServerContext* context, const meta::GetConfigurationRequest* request,
                                meta::GetConfigurationResponse* response) override {
    return desk_.ServeOpen(*context, {.method = "GetConfiguration"}, false, [&](const std::string&, int64_t&) {
      if (request->ignore_cluster_conf()) return grpc::Status::OK;
      for (const auto& [name, value] : desk_.identity.properties) {
        alluxio::grpc::ConfigProperty* property = response->add_cluster_configs();
        property->set_name(name);
        property->set_source("SITE_PROPERTY");
        property->set_value(value);
      }
      response->set_cluster_config_hash("00000000000000000000000000000000");
      desk_.faults.Grow("GetConfiguration", *response);
      return grpc::Status::OK;
    });
  }

 private:
  Desk& desk_;
};

class MetaService final : public meta::MetaMasterClientService::Service {
 public:
  explicit MetaService(Desk& desk) : desk_(desk) {}

  grpc::Status GetMasterInfo(grpc::ServerContext* context, const meta::GetMasterInfoRequest*,
                             meta::GetMasterInfoResponse* response) override {
    return desk_.Serve(*context, {.method = "GetMasterInfo"}, [&](const std::string&, int64_t&) {
      meta::MasterInfo* info = response->mutable_master_info();
      info->set_cluster_id(desk_.identity.cluster_id);
      info->set_version(desk_.identity.version);
      info->set_start_time_ms(desk_.world.start_time_ms());
      info->set_up_time_ms(ToMillis(desk_.SinceStart()).count());
      info->set_safe_mode(desk_.world.safe_mode());
      info->set_rpc_port(kDefaultPort);
      info->set_leader_master_address("localhost/<unresolved>:" + std::to_string(kDefaultPort));
      alluxio::grpc::NetAddress* address = info->add_master_addresses();
      address->set_host("localhost");
      address->set_rpc_port(kDefaultPort);
      desk_.faults.Grow("GetMasterInfo", *response);
      return grpc::Status::OK;
    });
  }

 private:
  static constexpr int kDefaultPort = 19998;
  Desk& desk_;
};

class BlockService final : public block::BlockMasterClientService::Service {
 public:
  explicit BlockService(Desk& desk) : desk_(desk) {}

  grpc::Status GetWorkerInfoList(grpc::ServerContext* context, const block::GetWorkerInfoListRequest*,
                                 block::GetWorkerInfoListResponse* response) override {
    return desk_.Serve(*context, {.method = "GetWorkerInfoList"}, [&](const std::string&, int64_t& entries) {
      return Fill("GetWorkerInfoList", desk_.world.WorkerList(), *response, entries);
    });
  }

  grpc::Status GetWorkerReport(grpc::ServerContext* context, const block::GetWorkerReportRequest* request,
                               block::GetWorkerInfoListResponse* response) override {
    return desk_.Serve(*context, {.method = "GetWorkerReport"}, [&](const std::string&, int64_t& entries) {
      const block::WorkerRange range = request->worker_range();
      auto infos = desk_.world.WorkerReport(range != block::WORKERS_LOST, range != block::WORKERS_LIVE);
      if (infos.ok() && range == block::WORKERS_SPECIFIED) {
        const std::set<std::string> wanted(request->addresses().begin(), request->addresses().end());
        std::erase_if(*infos, [&](const block::WorkerInfo& info) { return wanted.count(info.address().host()) == 0; });
      }
      const std::set<int> fields(request->field_ranges().begin(), request->field_ranges().end());
      const bool tiers = fields.count(block::FIELD_WORKER_CAPACITY_BYTES_ON_TIERS) != 0 &&
                         fields.count(block::FIELD_WORKER_USED_BYTES_ON_TIERS) != 0;
      // A master cannot write down a worker without both maps.
      if (infos.ok() && !infos->empty() && !tiers) {
        return grpc::Status(grpc::StatusCode::INTERNAL,
                            "Cannot invoke \"java.util.Map.keySet()\" because \"m\" is null");
      }
      return Fill("GetWorkerReport", std::move(infos), *response, entries);
    });
  }

 private:
  grpc::Status Fill(const std::string& method, absl::StatusOr<std::vector<block::WorkerInfo>> infos,
                    block::GetWorkerInfoListResponse& response, int64_t& entries) {
    if (!infos.ok()) return ToGrpc(infos.status());
    for (block::WorkerInfo& info : *infos) *response.add_worker_infos() = std::move(info);
    entries = response.worker_infos_size();
    desk_.faults.Grow(method, response);
    return grpc::Status::OK;
  }

  Desk& desk_;
};

}  // namespace

Duration Desk::SinceStart() const {
  const auto wall = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.WallNow().time_since_epoch());
  return wall - std::chrono::milliseconds(world.start_time_ms());
}

grpc::Status Desk::Serve(grpc::ServerContext& context, Call call, const Body& serve) {
  std::string user;
  grpc::Status admission;
  if (sessions_ != nullptr) {
    const absl::StatusOr<std::string> found = sessions_->UserOf(context, call.method);
    if (found.ok()) {
      user = *found;
    } else {
      admission = ToGrpc(found.status());
    }
  }
  call.user = user;
  return ServeOpen(context, std::move(call), false, [&](const std::string&, int64_t& entries) {
    return admission.ok() ? serve(user, entries) : admission;
  });
}

grpc::Status Desk::ServeOpen(grpc::ServerContext& context, Call call, bool on_standby, const Body& serve) {
  call.at = clock_.Now();
  const std::string method = call.method;
  const uint64_t number = calls_.Begin(std::move(call));
  int64_t entries = 0;
  grpc::Status status = faults.Meet(method, context);
  if (status.ok() && role_ != Role::kLeader && !on_standby) {
    status = {grpc::StatusCode::UNIMPLEMENTED, "Method not found: " + method};
  }
  if (status.ok()) status = serve("", entries);
  calls_.End(number, status.error_code(), entries);
  return status;
}

std::vector<std::unique_ptr<grpc::Service>> MakeServices(Desk& desk) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<VersionService>(desk));
  services.push_back(std::make_unique<ConfigurationService>(desk));
  services.push_back(std::make_unique<MetaService>(desk));
  services.push_back(std::make_unique<BlockService>(desk));
  services.push_back(MakeFileSystemService(desk));
  return services;
}

}  // namespace locus::fake_alluxio
