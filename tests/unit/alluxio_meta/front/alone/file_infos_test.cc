#include "alluxio_meta/front/alone/file_infos.h"

#include <catch2/catch.hpp>
#include <set>

using namespace locus::meta;
using ::alluxio::grpc::file::FileInfo;

namespace {

const std::vector<HolderAddress> kWorkers = {{"10.0.0.1", "172.16.0.1", 29999}, {"10.0.0.2", "", 30000}};

// 10 bytes in blocks of 4.
const FileFact kFile = {0x1234567890ABCDEF, "/lake/t/part 1", 10, 4, 1'700'000'000'123'456'789};

FileInfo InfoOf(const FileFact& file, const std::vector<FilePlaces::Place>& places = {}) {
  FileInfo info;
  FillFileInfo(file, places, kWorkers, &info);
  return info;
}

}  // namespace

TEST_CASE("a file is told with the ids and sizes of its blocks", "[front]") {
  const FileInfo info = InfoOf(kFile);
  CHECK(info.name() == "part 1");
  CHECK(info.path() == "/lake/t/part 1");
  CHECK(info.ufs_path() == "locus:/lake/t/part 1");
  CHECK(info.length() == 10);
  CHECK(info.block_size_bytes() == 4);
  CHECK(info.completed());
  CHECK(info.persisted());
  CHECK(info.persistence_state() == "PERSISTED");
  CHECK_FALSE(info.folder());
  CHECK(info.mode() == 0644);
  CHECK(info.ttl() == -1);
  CHECK(info.last_modification_time_ms() == 1'700'000'000'123);
  // The low 40 bits of the file's id, then 24 bits of a number.
  const auto first = static_cast<int64_t>(0x90ABCDEFULL << 24 | 0x78ULL << 56);
  REQUIRE(info.block_ids_size() == 3);
  CHECK(info.block_ids(0) == first);
  CHECK(info.block_ids(2) == first + 2);
  CHECK(info.file_id() == first + 0xFFFFFF);
  REQUIRE(info.file_block_infos_size() == 3);
  CHECK(info.file_block_infos(1).offset() == 4);
  CHECK(info.file_block_infos(1).block_info().length() == 4);
  CHECK(info.file_block_infos(2).offset() == 8);
  CHECK(info.file_block_infos(2).block_info().length() == 2);
  CHECK(info.file_block_infos(2).block_info().block_id() == first + 2);
  CHECK(info.in_alluxio_percentage() == 0);
}

TEST_CASE("blocks name the workers that hold them, the fastest tier first", "[front]") {
  const FileInfo info = InfoOf(kFile, {{0, 0, Tier::kSsd}, {0, 1, Tier::kMem}, {2, 0, Tier::kHdd}});
  REQUIRE(info.file_block_infos(0).block_info().locations_size() == 2);
  const auto& memory = info.file_block_infos(0).block_info().locations(0);
  CHECK(memory.tier_alias() == "MEM");
  CHECK(memory.worker_address().host() == "10.0.0.2");
  CHECK(memory.worker_address().data_port() == 30000);
  CHECK(memory.worker_address().container_host().empty());
  const auto& disk = info.file_block_infos(0).block_info().locations(1);
  CHECK(disk.tier_alias() == "SSD");
  CHECK(disk.worker_address().container_host() == "172.16.0.1");
  CHECK(disk.worker_id() != memory.worker_id());
  // Without it Java clients throw.
  REQUIRE(disk.worker_address().tiered_identity().tiers_size() > 0);
  CHECK(disk.worker_address().tiered_identity().tiers(0).tier_name() == "node");
  CHECK(disk.worker_address().tiered_identity().tiers(0).value() == "10.0.0.1");
  CHECK(info.file_block_infos(1).block_info().locations_size() == 0);
  CHECK(info.file_block_infos(2).block_info().locations_size() == 1);
  CHECK(info.in_alluxio_percentage() == 60);
  CHECK(info.in_memory_percentage() == 40);
}

TEST_CASE("an empty file has no blocks and is all there", "[front]") {
  FileFact empty = kFile;
  empty.length = 0;
  const FileInfo info = InfoOf(empty);
  CHECK(info.block_ids_size() == 0);
  CHECK(info.in_alluxio_percentage() == 100);
}

TEST_CASE("a file of more blocks than a message has room for is told without them", "[front]") {
  FileFact file = kFile;
  file.block_bytes = 1;
  file.length = 500'000;
  CHECK_FALSE(HasTooManyBlocks(file));
  file.length = 500'001;
  CHECK(HasTooManyBlocks(file));
  const FileInfo info = InfoOf(file);
  CHECK(info.block_ids_size() == 0);
  CHECK(info.length() == 500'001);
}

TEST_CASE("folders have ids of their own", "[front]") {
  std::set<int64_t> ids;
  for (const char* path : {"/", "/lake", "/lake/t"}) {
    FileInfo info;
    FillFolderInfo(path, &info);
    CHECK(info.folder());
    CHECK(info.mode() == 0755);
    CHECK(info.path() == path);
    ids.insert(info.file_id());
  }
  CHECK(ids.size() == 3);
  FileInfo root;
  FillFolderInfo("/", &root);
  CHECK(root.name().empty());
  CHECK(root.mount_point());
}

TEST_CASE("a worker is told with its tiers", "[front]") {
  WorkerPicture picture;
  picture.worker.address = kWorkers[0];
  picture.worker.tiers = {{Tier::kMem, 100, 10}, {Tier::kSsd, 1000, 20}, {Tier::kSsd, 500, 5}};
  picture.silence = std::chrono::milliseconds(2900);
  ::alluxio::grpc::block::WorkerInfo info;
  FillWorkerInfo(picture, &info);
  CHECK(info.address().host() == "10.0.0.1");
  CHECK(info.capacity_bytes() == 1600);
  CHECK(info.used_bytes() == 35);
  CHECK(info.capacity_bytes_on_tiers().at("SSD") == 1500);
  CHECK(info.used_bytes_on_tiers().at("MEM") == 10);
  CHECK(info.last_contact_sec() == 2);
  CHECK(info.id() > 0);
}
