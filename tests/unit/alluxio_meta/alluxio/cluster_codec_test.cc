#include "alluxio_meta/alluxio/cluster_codec.h"

#include <catch2/catch.hpp>

using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

namespace block = ::alluxio::grpc::block;

block::WorkerInfo* Add(block::GetWorkerInfoListResponse& response, const std::string& host, const std::string& state) {
  block::WorkerInfo* info = response.add_worker_infos();
  info->mutable_address()->set_host(host);
  info->mutable_address()->set_data_port(29999);
  info->set_state(state);
  return info;
}

}  // namespace

TEST_CASE("a worker is told with address, identity, silence and tiers", "[alluxio]") {
  block::GetWorkerInfoListResponse response;
  block::WorkerInfo* info = Add(response, "10.0.0.1", "In Service");
  info->mutable_address()->set_container_host("172.16.0.9");
  auto* rack = info->mutable_address()->mutable_tiered_identity()->add_tiers();
  rack->set_tier_name("rack");
  rack->set_value("r1");
  auto* node = info->mutable_address()->mutable_tiered_identity()->add_tiers();
  node->set_tier_name("node");
  node->set_value("node-7");
  info->set_last_contact_sec(4);
  info->set_start_time_ms(1234);
  (*info->mutable_capacity_bytes_on_tiers())["SSD"] = 2000;
  (*info->mutable_capacity_bytes_on_tiers())["MEM"] = 1000;
  (*info->mutable_capacity_bytes_on_tiers())["OTHER"] = 1;
  (*info->mutable_used_bytes_on_tiers())["MEM"] = 10;
  info->mutable_build_version()->set_version("2.9.6");

  const std::vector<MasterWorker> workers = WorkersOf(response);
  REQUIRE(workers.size() == 1);
  CHECK(workers[0].address == HolderAddress{"10.0.0.1", "172.16.0.9", 29999});
  CHECK(workers[0].identity_node == "node-7");
  CHECK(workers[0].live);
  CHECK(workers[0].silence == 4s);
  CHECK(workers[0].start_ms == 1234);
  CHECK(workers[0].version == "2.9.6");
  REQUIRE(workers[0].tiers.size() == 2);
  CHECK(workers[0].tiers[0].tier == Tier::kMem);
  CHECK(workers[0].tiers[0].capacity == 1000);
  CHECK(workers[0].tiers[0].used == 10);
  CHECK(workers[0].tiers[1].tier == Tier::kSsd);
  CHECK(workers[0].tiers[1].used == 0);
}

TEST_CASE("only states that say no are no", "[alluxio]") {
  for (const char* state : {"In Service", "ACTIVE", "Registered", "", "something new"}) {
    INFO(state);
    CHECK(IsLiveState(state));
  }
  for (const char* state : {"LOST", "Lost", "Out of Service", "Decommissioned", "Disabled", "DISABLED"}) {
    INFO(state);
    CHECK_FALSE(IsLiveState(state));
  }
}

TEST_CASE("of a worker that stands twice the live one counts, then the latest", "[alluxio]") {
  block::GetWorkerInfoListResponse response;
  Add(response, "a", "ACTIVE")->set_start_time_ms(10);
  Add(response, "a", "LOST")->set_start_time_ms(20);
  Add(response, "b", "LOST")->set_start_time_ms(10);
  Add(response, "b", "LOST")->set_start_time_ms(30);
  Add(response, "", "ACTIVE");
  const std::vector<MasterWorker> workers = WorkersOf(response);
  REQUIRE(workers.size() == 2);
  CHECK(workers[0].live);
  CHECK(workers[0].start_ms == 10);
  CHECK(workers[1].start_ms == 30);
}

TEST_CASE("a plain path of an under-store becomes a file URI, all else stays", "[alluxio]") {
  ::alluxio::grpc::file::GetMountTableResponse response;
  (*response.mutable_mount_points())["/s3"].set_ufs_uri("s3a://bucket/data/");
  (*response.mutable_mount_points())["/"].set_ufs_uri("/tmp/x");
  (*response.mutable_mount_points())["/h"].set_ufs_uri("hdfs://nn:8020/a");
  const std::vector<Mount> mounts = MountsOf(response);
  REQUIRE(mounts.size() == 3);
  CHECK(mounts[0].path == "/");
  CHECK(mounts[0].ufs_uri == "file:///tmp/x");
  CHECK(mounts[1].ufs_uri == "hdfs://nn:8020/a");
  CHECK(mounts[2].ufs_uri == "s3a://bucket/data/");
  CHECK(MountTable::Create(mounts).ok());
}

TEST_CASE("a property is found by its whole name", "[alluxio]") {
  ::alluxio::grpc::meta::GetConfigurationResponse response;
  auto* longer = response.add_cluster_configs();
  longer->set_name("alluxio.security.authentication.type.x");
  longer->set_value("1");
  auto* wanted = response.add_cluster_configs();
  wanted->set_name("alluxio.security.authentication.type");
  wanted->set_value("SIMPLE");
  CHECK(PropertyOf(response, "alluxio.security.authentication.type") == "SIMPLE");
  CHECK(PropertyOf(response, "alluxio.security") == "");
}

TEST_CASE("another leader, cluster or start is another life", "[alluxio]") {
  ::alluxio::grpc::meta::MasterInfo info;
  info.set_leader_master_address("m/10.0.0.1:19998");
  info.set_cluster_id("c");
  info.set_start_time_ms(7);
  CHECK(LifeOf(info) == MasterLife{"m/10.0.0.1:19998", "c", 7});
  TermCounter terms;
  CHECK(terms.Of({"m", "c", 7}) == 1);
  CHECK(terms.Of({"m", "c", 7}) == 1);
  CHECK(terms.Of({"m", "c", 8}) == 2);
  CHECK(terms.Of({"n", "c", 8}) == 3);
  CHECK(terms.Of({"n", "d", 8}) == 4);
  // One that led before is a new term all the same.
  CHECK(terms.Of({"m", "c", 7}) == 5);
}
