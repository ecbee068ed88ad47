#include "alluxio_meta/alluxio/requests.h"

#include <catch2/catch.hpp>
#include <string>

using namespace locus::meta;

namespace {

// The bytes of {syncIntervalMs: -1, ttl: -1, ttlAction: FREE}, from the protocol's description: a -1 has ten bytes.
const std::string kMinusOne = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
const std::string kSafe = "\x08" + kMinusOne + "\x10" + kMinusOne + std::string("\x18\x01", 2);

}  // namespace

TEST_CASE("whatever is asked of files loads nothing, syncs nothing and sets no time to live", "[alluxio]") {
  // {loadMetadataType: NEVER, commonOptions: ...}: fields 2 and 3 of a listing, 1 and 2 of a status.
  const std::string in_listing = std::string("\x10\x00\x1a\x18", 4) + kSafe;
  const std::string in_status = std::string("\x08\x00\x12\x18", 4) + kSafe;
  REQUIRE(kSafe.size() == 0x18);
  CHECK(PageRequest("/a", "", 5).SerializeAsString().find(in_listing) != std::string::npos);
  CHECK(PageRequest("/a", "/a/b", 5).SerializeAsString().find(in_listing) != std::string::npos);
  CHECK(StreamRequest("/a").SerializeAsString().find(in_listing) != std::string::npos);
  CHECK(StatusRequest("/a").SerializeAsString().find(in_status) != std::string::npos);
}

TEST_CASE("a status is no access", "[alluxio]") {
  const auto request = StatusRequest("/a");
  CHECK_FALSE(request.options().has_access_mode());
  CHECK(request.options().has_update_timestamps());
  CHECK_FALSE(request.options().update_timestamps());
}

TEST_CASE("a listing is recursive and spares the master mounts and walks", "[alluxio]") {
  for (const auto& options : {PageRequest("/a", "", 5).options().options(), StreamRequest("/a").options()}) {
    CHECK(options.recursive());
    CHECK(options.exclude_mount_info());
    CHECK(options.disable_are_descendants_loaded_check());
  }
}

TEST_CASE("a page begins after the whole path of the last entry", "[alluxio]") {
  const auto first = PageRequest("/a", "", 7);
  CHECK(first.path() == "/a");
  CHECK(first.options().offset_case() == ::alluxio::grpc::file::ListStatusPartialOptions::OFFSET_NOT_SET);
  CHECK(first.options().batch_size() == 7);
  CHECK(PageRequest("/a", "/a/b/c", 7).options().start_after() == "/a/b/c");
}

TEST_CASE("mounts are asked for without their under-stores' sizes, workers with all fields", "[alluxio]") {
  CHECK(MountTableRequest().SerializeAsString() == std::string("\x08\x00", 2));
  const auto report = WorkerReportRequest();
  REQUIRE(report.field_ranges_size() == 11);
  for (int i = 0; i < 11; ++i) CHECK(report.field_ranges(i) == i + 1);
  CHECK(report.worker_range() == ::alluxio::grpc::block::WORKERS_ALL);
}
