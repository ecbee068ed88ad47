// What GetStatus and the listings say of files, blocks and locations.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/contract/alluxio/judged_master.h"

namespace locus::alluxio_contract {
namespace {

constexpr int kSequenceBits = 24;
constexpr int64_t kSequenceMask = (int64_t{1} << kSequenceBits) - 1;

std::vector<Location> LocationsOf(const alluxio::grpc::BlockInfo& info) {
  std::vector<Location> locations;
  for (const auto& location : info.locations()) {
    const auto& address = location.worker_address();
    locations.push_back(LocationOf(address.host(), address.data_port(), location.tier_alias()));
  }
  std::sort(locations.begin(), locations.end());
  return locations;
}

// Blocks with a copy.
std::map<int64_t, std::vector<Location>> CopiesOf(const file::FileInfo& info) {
  std::map<int64_t, std::vector<Location>> copies;
  for (const auto& of_file : info.file_block_infos()) {
    const auto& info_of_block = of_file.block_info();
    if (info_of_block.locations_size() == 0) continue;
    copies[info_of_block.block_id() & kSequenceMask] = LocationsOf(info_of_block);
  }
  return copies;
}

TEST_CASE("the described world is large enough to judge by") {
  const Judged master;
  const std::vector<DescribedFile>& files = master.world().files;
  CHECK(files.size() >= 12);
  CHECK(std::any_of(files.begin(), files.end(), [](const DescribedFile& f) {
    return f.block_count() >= 3 && f.length % f.block_bytes != 0 && !f.blocks.empty();
  }));
  CHECK(std::any_of(files.begin(), files.end(), [](const DescribedFile& f) { return f.length == 0; }));
  CHECK(master.world().Paths().size() >= files.size() + 2);
}

TEST_CASE("GetStatus tells a file's facts") {
  Judged master;
  for (const DescribedFile& expected : master.world().files) {
    CAPTURE(expected.path);
    const auto answer = master.connection().Status(master.id(), expected.path);
    REQUIRE(answer.ok());
    const file::FileInfo& info = answer.body;
    CHECK(info.path() == expected.path);
    CHECK(expected.path.substr(expected.path.rfind('/') + 1) == info.name());
    CHECK_FALSE(info.folder());
    CHECK(info.completed());
    CHECK(info.length() == expected.length);
    CHECK(info.block_size_bytes() == expected.block_bytes);
    CHECK(info.last_modification_time_ms() > 0);
    CHECK(info.block_ids_size() == expected.block_count());
    const bool whole = static_cast<int64_t>(expected.blocks.size()) == expected.block_count();
    CHECK((info.in_alluxio_percentage() == 100) == whole);
  }
}

TEST_CASE("block ids are the container's and a sequence number, file ids the container's and all ones") {
  Judged master;
  std::set<int64_t> containers;
  for (const DescribedFile& expected : master.world().files) {
    CAPTURE(expected.path);
    const auto answer = master.connection().Status(master.id(), expected.path);
    REQUIRE(answer.ok());
    const int64_t container = answer.body.file_id() >> kSequenceBits;
    CHECK(containers.insert(container).second);
    CHECK((answer.body.file_id() & kSequenceMask) == kSequenceMask);
    for (int i = 0; i < answer.body.block_ids_size(); ++i) {
      CHECK(answer.body.block_ids(i) == (container << kSequenceBits | i));
    }
  }
}

TEST_CASE("a file's block infos are of its block ids, with offsets and lengths") {
  Judged master;
  for (const DescribedFile& expected : master.world().files) {
    CAPTURE(expected.path);
    const auto answer = master.connection().Status(master.id(), expected.path);
    REQUIRE(answer.ok());
    const std::set<int64_t> ids(answer.body.block_ids().begin(), answer.body.block_ids().end());
    std::set<int64_t> seen;
    for (const auto& of_file : answer.body.file_block_infos()) {
      const int64_t id = of_file.block_info().block_id();
      const int64_t index = id & kSequenceMask;
      CHECK(ids.count(id) == 1);
      CHECK(seen.insert(id).second);
      CHECK(of_file.offset() == index * expected.block_bytes);
      CHECK(of_file.block_info().length() == expected.LengthOfBlock(index));
    }
    CHECK(seen.size() <= ids.size());
  }
}

TEST_CASE("locations and tiers are the true ones, in GetStatus and in both listings") {
  Judged master;
  std::map<std::string, file::FileInfo> listed;
  const auto stream = master.connection().List(master.id(), master.world().folder, true);
  REQUIRE(stream.ok());
  for (const file::FileInfo& info : stream.body.entries) listed[info.path()] = info;
  const auto partial = master.connection().Partial(master.id(), master.world().folder, true, {});
  REQUIRE(partial.ok());
  std::map<std::string, file::FileInfo> paged;
  for (const file::FileInfo& info : partial.body.file_infos()) paged[info.path()] = info;
  for (const DescribedFile& expected : master.world().files) {
    CAPTURE(expected.path);
    const auto answer = master.connection().Status(master.id(), expected.path);
    REQUIRE(answer.ok());
    CHECK(CopiesOf(answer.body) == expected.blocks);
    CHECK(CopiesOf(listed[expected.path]) == expected.blocks);
    CHECK(CopiesOf(paged[expected.path]) == expected.blocks);
  }
}

TEST_CASE("a location repeats the address and id of a registered worker") {
  Judged master;
  const auto workers = master.connection().WorkerList(master.id());
  REQUIRE(workers.ok());
  std::map<int64_t, std::string> addresses;
  for (const auto& worker : workers.body.worker_infos()) {
    addresses[worker.id()] = worker.address().SerializeAsString();
  }
  int locations = 0;
  for (const DescribedFile& expected : master.world().files) {
    const auto answer = master.connection().Status(master.id(), expected.path);
    REQUIRE(answer.ok());
    for (const auto& of_file : answer.body.file_block_infos()) {
      for (const auto& location : of_file.block_info().locations()) {
        ++locations;
        CHECK(addresses[location.worker_id()] == location.worker_address().SerializeAsString());
        CHECK(location.medium_type() == location.tier_alias());
      }
    }
  }
  CHECK(locations > 0);
}

TEST_CASE("GetStatus of a folder counts its children and names no blocks") {
  Judged master;
  const auto answer = master.connection().Status(master.id(), master.world().folder);
  REQUIRE(answer.ok());
  const auto children = DescribedWorld::ChildrenOf(master.world().folder, master.world().Paths());
  CHECK(answer.body.folder());
  CHECK(answer.body.length() == static_cast<int64_t>(children.size()));
  CHECK(answer.body.block_ids_size() == 0);
  CHECK(answer.body.file_block_infos_size() == 0);
}

TEST_CASE("a scheme before a path, a slash behind it and doubled ones within it do not matter") {
  Judged master;
  const DescribedFile& expected = master.world().files.front();
  const auto plain = master.connection().Status(master.id(), expected.path);
  REQUIRE(plain.ok());
  const size_t last = expected.path.rfind('/');
  const std::string doubled = expected.path.substr(0, last) + "/" + expected.path.substr(last);
  for (const std::string& path : {"alluxio://somewhere:1" + expected.path, expected.path + "/", doubled}) {
    const auto answer = master.connection().Status(master.id(), path);
    CAPTURE(path);
    REQUIRE(answer.ok());
    CHECK(answer.body.file_id() == plain.body.file_id());
  }
}

TEST_CASE("a path that is not absolute is INVALID_ARGUMENT, one that is not there NOT_FOUND") {
  Judged master;
  Connection& c = master.connection();
  for (const std::string path : {"", "contract"}) {
    CHECK(c.Status(master.id(), path).status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  }
  const std::string& missing = master.world().missing;
  CHECK(c.Status(master.id(), missing).status.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(c.List(master.id(), missing, true).status.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(c.Partial(master.id(), missing, true, {}).status.error_code() == grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace locus::alluxio_contract
