// Who leads, how it wants to be spoken to, and the workers and mounts that it knows.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/contract/alluxio/judged_master.h"

namespace locus::alluxio_contract {
namespace {

std::set<std::string> AddressesOf(const block::GetWorkerInfoListResponse& workers) {
  std::set<std::string> addresses;
  for (const block::WorkerInfo& worker : workers.worker_infos()) {
    addresses.insert(worker.address().host() + ":" + std::to_string(worker.address().data_port()));
  }
  return addresses;
}

std::set<std::string> AddressesOf(const std::vector<DescribedWorker>& workers) {
  std::set<std::string> addresses;
  for (const DescribedWorker& worker : workers) {
    addresses.insert(worker.host + ":" + std::to_string(worker.data_port));
  }
  return addresses;
}

std::string PropertyOf(const meta::GetConfigurationResponse& configuration, const std::string& name) {
  for (const auto& property : configuration.cluster_configs()) {
    if (property.name() == name) return property.value();
  }
  return "";
}

TEST_CASE("the leader tells its services' versions to anyone") {
  Judged master;
  for (const auto type : {version::FILE_SYSTEM_MASTER_CLIENT_SERVICE, version::BLOCK_MASTER_CLIENT_SERVICE,
                          version::META_MASTER_CONFIG_SERVICE, version::META_MASTER_CLIENT_SERVICE}) {
    CAPTURE(type);
    const auto answer = master.connection().ServiceVersion(type);
    REQUIRE(answer.ok());
    CHECK(answer.body.version() == 2);
  }
}

TEST_CASE("the configuration is told to anyone, with the kind of authentication in it") {
  Judged master;
  const auto answer = master.connection().Configuration();
  REQUIRE(answer.ok());
  CHECK(PropertyOf(answer.body, "alluxio.security.authentication.type") == master.world().authentication);
  CHECK(PropertyOf(answer.body, "alluxio.version").substr(0, 2) == "2.");
}

TEST_CASE("GetMasterInfo names the cluster and the present life of its leader") {
  Judged master;
  const auto first = master.connection().MasterInfo(master.id());
  const auto second = master.connection().MasterInfo(master.id());
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK_FALSE(first.body.cluster_id().empty());
  CHECK(first.body.cluster_id() == second.body.cluster_id());
  CHECK(first.body.start_time_ms() > 0);
  CHECK(first.body.start_time_ms() == second.body.start_time_ms());
  CHECK(first.body.has_safe_mode());
  CHECK_FALSE(first.body.safe_mode());
  CHECK_FALSE(first.body.version().empty());
  CHECK(first.body.leader_master_address().find(':') != std::string::npos);
}

TEST_CASE("the list of workers names every registered worker with its tiers") {
  Judged master;
  const auto answer = master.connection().WorkerList(master.id());
  REQUIRE(answer.ok());
  CHECK(AddressesOf(answer.body) == AddressesOf(master.world().workers));
  CHECK(static_cast<size_t>(answer.body.worker_infos_size()) == master.world().workers.size());
  for (const block::WorkerInfo& worker : answer.body.worker_infos()) {
    CHECK(worker.id() != 0);
    CHECK(worker.start_time_ms() > 0);
    CHECK(worker.last_contact_sec() >= 0);
    CHECK(worker.capacity_bytes_on_tiers().count("MEM") == 1);
    CHECK(worker.address().tiered_identity().tiers_size() > 0);
    CHECK(worker.address().tiered_identity().tiers(0).tier_name() == "node");
    int64_t capacity = 0;
    for (const auto& [tier, bytes] : worker.capacity_bytes_on_tiers()) capacity += bytes;
    CHECK(worker.capacity_bytes() == capacity);
    int64_t used = 0;
    for (const auto& [tier, bytes] : worker.used_bytes_on_tiers()) used += bytes;
    CHECK(worker.used_bytes() == used);
  }
}

TEST_CASE("a tier's used bytes are at least those of the blocks in it") {
  Judged master;
  std::map<std::string, int64_t> held;
  for (const DescribedFile& expected : master.world().files) {
    for (const auto& [index, locations] : expected.blocks) {
      for (const Location& location : locations) held[location] += expected.LengthOfBlock(index);
    }
  }
  const auto report = master.connection().WorkerReport(master.id(), block::WORKERS_LIVE, AllWorkerFields());
  REQUIRE(report.ok());
  for (const block::WorkerInfo& worker : report.body.worker_infos()) {
    for (const auto& [tier, bytes] : worker.used_bytes_on_tiers()) {
      const Location at = LocationOf(worker.address().host(), worker.address().data_port(), tier);
      CAPTURE(at);
      CHECK(bytes >= held[at]);
    }
  }
}

TEST_CASE("the report of all fields agrees with the list of workers") {
  Judged master;
  const auto list = master.connection().WorkerList(master.id());
  REQUIRE(list.ok());
  std::map<int64_t, block::WorkerInfo> listed;
  for (const block::WorkerInfo& worker : list.body.worker_infos()) listed[worker.id()] = worker;
  for (const auto range : {block::WORKERS_ALL, block::WORKERS_LIVE}) {
    const auto report = master.connection().WorkerReport(master.id(), range, AllWorkerFields());
    REQUIRE(report.ok());
    REQUIRE(AddressesOf(report.body) == AddressesOf(list.body));
    for (const block::WorkerInfo& worker : report.body.worker_infos()) {
      const block::WorkerInfo& other = listed[worker.id()];
      CHECK(worker.address().SerializeAsString() == other.address().SerializeAsString());
      CHECK(worker.start_time_ms() == other.start_time_ms());
      CHECK(worker.capacity_bytes() == other.capacity_bytes());
      // A heartbeat a second, and nobody is silent.
      CHECK(worker.last_contact_sec() <= 5);
      CHECK(worker.state() == "ACTIVE");
    }
  }
}

TEST_CASE("no worker is lost in a settled world") {
  Judged master;
  const auto report = master.connection().WorkerReport(master.id(), block::WORKERS_LOST, AllWorkerFields());
  REQUIRE(report.ok());
  CHECK(report.body.worker_infos_size() == 0);
}

TEST_CASE("a report without the maps of tiers is INTERNAL") {
  Judged master;
  for (const std::vector<int>& fields : {std::vector<int>{}, {1, 5, 7}, {1, 2, 3, 4, 5, 6, 7, 8, 10, 11}}) {
    const auto report = master.connection().WorkerReport(master.id(), block::WORKERS_ALL, fields);
    CHECK(report.status.error_code() == grpc::StatusCode::INTERNAL);
  }
}

TEST_CASE("the mount table maps paths to the under-stores' URIs") {
  Judged master;
  const auto answer = master.connection().Mounts(master.id());
  REQUIRE(answer.ok());
  const auto without_slash = [](std::string uri) {
    while (uri.size() > 1 && uri.back() == '/') uri.pop_back();
    return uri;
  };
  std::map<std::string, std::string> told;
  for (const auto& [path, mount] : answer.body.mount_points()) told[path] = without_slash(mount.ufs_uri());
  std::map<std::string, std::string> expected;
  for (const auto& [path, uri] : master.world().mounts) expected[path] = without_slash(uri);
  CHECK(told == expected);
}

}  // namespace
}  // namespace locus::alluxio_contract
