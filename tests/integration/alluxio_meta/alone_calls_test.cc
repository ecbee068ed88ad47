// What a front without a master answers beside files, and what it refuses.
#include <catch2/catch.hpp>
#include <map>

#include "proto/alluxio/block_master.grpc.pb.h"
#include "proto/alluxio/meta_master.grpc.pb.h"
#include "proto/alluxio/version.grpc.pb.h"
#include "tests/integration/alluxio_meta/running_alone.h"

using namespace locus;
using namespace locus::meta;
namespace alx = ::alluxio::grpc;

namespace {

const std::string kFiles = "/alluxio.grpc.file.FileSystemMasterClientService/";
const std::string kBlocks = "/alluxio.grpc.block.BlockMasterClientService/";
const std::string kSettings = "/alluxio.grpc.meta.MetaMasterConfigurationService/";

}  // namespace

TEST_CASE("what clients ask before they authenticate needs no session", "[front]") {
  RunningAlone front;
  for (const int type : {1, 4, 6, 7, 9}) {
    alx::version::GetServiceVersionRequest request;
    request.set_service_type(static_cast<alx::version::ServiceType>(type));
    alx::version::GetServiceVersionResponse response;
    grpc::ClientContext context;
    REQUIRE(alx::version::ServiceVersionClientService::NewStub(front.channel)
                ->getServiceVersion(&context, request, &response)
                .ok());
    CHECK(response.version() == 2);
  }
  alx::version::GetServiceVersionResponse response;
  grpc::ClientContext context;
  CHECK(alx::version::ServiceVersionClientService::NewStub(front.channel)
            ->getServiceVersion(&context, {}, &response)
            .error_code() == grpc::NOT_FOUND);

  alx::meta::GetConfigurationResponse settings;
  REQUIRE(CallByName(front.channel, nullptr, kSettings + "GetConfiguration", alx::meta::GetConfigurationRequest(),
                     &settings)
              .ok());
  std::map<std::string, std::string> found;
  for (const auto& property : settings.cluster_configs()) found[property.name()] = property.value();
  // Without either of these a Java client throws.
  CHECK(found.at("alluxio.version") == "2.9.6");
  CHECK(found.at("alluxio.underfs.version") == "3.3.4");
  CHECK(found.at("alluxio.security.authentication.type") == "SIMPLE");
  CHECK(found.at("alluxio.user.short.circuit.enabled") == "false");
  alx::meta::GetConfigHashResponse hash;
  REQUIRE(CallByName(front.channel, nullptr, kSettings + "GetConfigHash", alx::meta::GetConfigurationRequest(), &hash)
              .ok());
  CHECK_FALSE(hash.cluster_config_hash().empty());
  CHECK(hash.cluster_config_hash() == settings.cluster_config_hash());
  CHECK(hash.path_config_hash() == settings.path_config_hash());
}

TEST_CASE("other calls need a session", "[front]") {
  RunningAlone front;
  alx::file::ExistsRequest request;
  request.set_path("/");
  alx::file::ExistsResponse response;
  CHECK(CallByName(front.channel, nullptr, kFiles + "Exists", request, &response).error_code() ==
        grpc::UNAUTHENTICATED);
  const auto worker = front.Worker("10.0.0.1");
  const auto client = front.Client();
  CHECK(CallByName(front.channel, &client->session(), kFiles + "Exists", request, &response).ok());
}

TEST_CASE("the workers are told with address, identity and room", "[front]") {
  RunningAlone front;
  const auto one = front.Worker("10.0.0.1");
  const auto two = front.Worker("10.0.0.2");
  v1::ReportRequest beat;
  v1::TierUsage* tier = beat.mutable_beat()->add_tiers();
  tier->set_tier(v1::TIER_SSD);
  tier->set_capacity_bytes(1000);
  tier->set_used_bytes(10);
  one->Write(beat);
  const auto client = front.Client();
  alx::block::GetWorkerInfoListResponse workers;
  REQUIRE(Eventually([&] {
    REQUIRE(CallByName(front.channel, &client->session(), kBlocks + "GetWorkerInfoList",
                       alx::block::GetWorkerInfoListRequest(), &workers)
                .ok());
    return workers.worker_infos_size() == 2 && workers.worker_infos(0).capacity_bytes() == 1000;
  }));
  CHECK(workers.worker_infos(0).address().host() == "10.0.0.1");
  CHECK(workers.worker_infos(0).address().data_port() == 8920);
  CHECK(workers.worker_infos(0).address().tiered_identity().tiers(0).value() == "10.0.0.1");
  CHECK(workers.worker_infos(0).used_bytes() == 10);
  alx::block::BytesResponse bytes;
  REQUIRE(CallByName(front.channel, &client->session(), kBlocks + "GetCapacityBytes",
                     alx::block::GetWorkerInfoListRequest(), &bytes)
              .ok());
  CHECK(bytes.bytes() == 1000);
  alx::block::GetBlockMasterInfoResponse info;
  REQUIRE(CallByName(front.channel, &client->session(), kBlocks + "GetBlockMasterInfo",
                     alx::block::GetWorkerInfoListRequest(), &info)
              .ok());
  CHECK(info.block_master_info().live_worker_num() == 2);
  CHECK(info.block_master_info().free_bytes() == 990);
  alx::meta::GetMasterInfoResponse master;
  REQUIRE(CallByName(front.channel, &client->session(), "/alluxio.grpc.meta.MetaMasterClientService/GetMasterInfo",
                     alx::meta::GetMasterInfoRequest(), &master)
              .ok());
  CHECK_FALSE(master.master_info().safe_mode());
  CHECK(master.master_info().worker_addresses_size() == 2);
  // Sent by every client now and then.
  CHECK(CallByName(front.channel, &client->session(),
                   "/alluxio.grpc.metric.MetricsMasterClientService/MetricsHeartbeat",
                   alx::block::GetWorkerInfoListRequest(), &bytes)
            .ok());
}

TEST_CASE("what would change something is refused, and what nobody answers says so", "[front]") {
  RunningAlone front;
  const auto client = front.Client();
  alx::file::ExistsRequest request;
  alx::file::ExistsResponse response;
  const grpc::Status write = CallByName(front.channel, &client->session(), kFiles + "CreateFile", request, &response);
  CHECK(write.error_code() == grpc::PERMISSION_DENIED);
  CHECK(write.error_message().find("read-only") != std::string::npos);
  const grpc::Status other = CallByName(front.channel, &client->session(), "/a.B/C", request, &response);
  CHECK(other.error_code() == grpc::UNIMPLEMENTED);
  CHECK(other.error_message().find("Locus") == 0);
  const std::string text = front.meta.metrics.Render();
  CHECK(text.find("locus_meta_front_refused_total{reason=\"read_only\"} 1") != std::string::npos);
  CHECK(text.find("locus_meta_front_refused_total{reason=\"unknown_method\"} 1") != std::string::npos);
}

TEST_CASE("a message that is none is refused", "[front]") {
  RunningAlone front;
  const auto worker = front.Worker("10.0.0.1");
  const auto client = front.Client();
  const grpc::Slice slice("\xff\xff\xff");
  const grpc::ByteBuffer garbage(&slice, 1);
  grpc::ByteBuffer nothing;
  CHECK(CallByName(front.channel, &client->session(), kFiles + "GetStatus", garbage, &nothing).error_code() ==
        grpc::INVALID_ARGUMENT);
}

TEST_CASE("too many calls are refused", "[front]") {
  RunningAlone front(1);
  const auto silent = front.Worker("10.0.0.1", FakeWorker::Lists::kSilent);
  const auto client = front.Client();
  // One waits for a worker; the caller of the next one is told to ask again.
  grpc::ClientContext context;
  client->session().Sign(context);
  alx::file::ListStatusRequest request;
  request.set_path("/");
  const auto waits = client->files().ListStatus(&context, request);
  REQUIRE(Eventually([&] { return !silent->asked().empty(); }));
  alx::file::FileInfo info;
  const grpc::Status refused = client->GetStatus("/x", false, &info);
  CHECK(refused.error_code() == grpc::UNAVAILABLE);
  CHECK(refused.error_message().find("front.max_calls") != std::string::npos);
  // A caller that goes away makes room at once, although its worker still owes the answer.
  context.TryCancel();
  CHECK(waits->Finish().error_code() == grpc::CANCELLED);
  CHECK(Eventually([&] {
    alx::block::GetWorkerInfoListResponse workers;
    return CallByName(front.channel, &client->session(), kBlocks + "GetWorkerInfoList",
                      alx::block::GetWorkerInfoListRequest(), &workers)
        .ok();
  }));
}
