#include "alluxio_meta/alluxio/file_codec.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace locus::meta;

namespace {

namespace file = ::alluxio::grpc::file;
using ::alluxio::grpc::BlockInfo;

constexpr int64_t kContainer = 5;

int64_t Id(int64_t block, int64_t container = kContainer) { return (container << 24) + block; }

// 2.5 blocks of 100 bytes.
file::FileInfo File(const std::string& path) {
  file::FileInfo info;
  info.set_path(path);
  info.set_file_id((kContainer << 24) + 0xFFFFFF);
  info.set_length(250);
  info.set_block_size_bytes(100);
  info.set_completed(true);
  info.set_last_modification_time_ms(1'700'000'000'123);
  for (int i = 0; i < 3; ++i) info.add_block_ids(Id(i));
  return info;
}

BlockInfo* Block(file::FileInfo& info, int64_t id, int64_t length) {
  BlockInfo* block = info.add_file_block_infos()->mutable_block_info();
  block->set_block_id(id);
  block->set_length(length);
  return block;
}

void At(BlockInfo* block, const std::string& host, const std::string& tier, int port = 29999,
        const std::string& container_host = "") {
  auto* location = block->add_locations();
  location->set_worker_id(7);
  location->mutable_worker_address()->set_host(host);
  location->mutable_worker_address()->set_data_port(port);
  if (!container_host.empty()) location->mutable_worker_address()->set_container_host(container_host);
  location->set_tier_alias(tier);
  location->set_medium_type(tier);
}

MasterPage PageOf(const std::vector<file::FileInfo>& infos) {
  PageBuilder builder(3);
  for (const file::FileInfo& info : infos) builder.Add(info);
  return builder.Take();
}

// "block@host:port tier", in the order told.
std::vector<std::string> Told(const MasterPage& page, size_t at = 0) {
  std::vector<std::string> told;
  for (const BlockAt& replica : page.files.at(at).replicas) {
    const HolderAddress& worker = page.workers.at(replica.worker);
    const char* tiers[] = {"MEM", "SSD", "HDD"};
    told.push_back(std::to_string(replica.block) + "@" + worker.host + ":" + std::to_string(worker.data_port) + " " +
                   tiers[static_cast<int>(replica.tier)]);
  }
  return told;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a file's facts are taken over, its time in nanoseconds", "[alluxio]") {
  const MasterPage page = PageOf({File("/a/b")});
  CHECK(page.term == 3);
  REQUIRE(page.files.size() == 1);
  const FileFact& fact = page.files[0].fact;
  CHECK(fact.id == 5);
  CHECK(fact.path == "/a/b");
  CHECK(fact.length == 250);
  CHECK(fact.block_bytes == 100);
  CHECK(fact.modified_ns == 1'700'000'000'123'000'000);
  CHECK(page.files[0].replicas.empty());
  CHECK(page.malformed == 0);
}

TEST_CASE("blocks are known by their id, wherever they stand and however few there are", "[alluxio]") {
  file::FileInfo info = File("/a");
  At(Block(info, Id(2), 50), "n1", "SSD");
  At(Block(info, Id(0), 100), "n2", "MEM");
  const MasterPage page = PageOf({info});
  CHECK(Told(page) == Texts{"0@n2:29999 MEM", "2@n1:29999 SSD"});
  CHECK(page.malformed == 0);
}

TEST_CASE("a worker stands once for a block, with its fastest tier", "[alluxio]") {
  file::FileInfo info = File("/a");
  BlockInfo* block = Block(info, Id(1), 100);
  At(block, "n1", "HDD");
  At(block, "n2", "SSD");
  At(block, "n1", "MEM");
  At(block, "n1", "SSD");
  At(Block(info, Id(1), 100), "n2", "SSD");
  CHECK(Told(PageOf({info})) == Texts{"1@n1:29999 MEM", "1@n2:29999 SSD"});
}

TEST_CASE("an address is kept once for all files of a page", "[alluxio]") {
  std::vector<file::FileInfo> infos;
  for (int i = 0; i < 50; ++i) {
    infos.push_back(File("/d/" + std::to_string(i)));
    for (int block = 0; block < 2; ++block) {
      BlockInfo* added = Block(infos.back(), Id(block), 100);
      At(added, "a-host-with-a-name-beyond-any-small-buffer", "MEM");
      At(added, "a-host-with-a-name-beyond-any-small-buffer", "MEM", 30000);
      At(added, "n3", "MEM", 29999, "10.0.0.3");
      At(added, "n3", "MEM", 29999, "10.0.0.4");
    }
  }
  const MasterPage page = PageOf(infos);
  REQUIRE(page.workers.size() == 4);
  CHECK(page.workers[1] == HolderAddress{"a-host-with-a-name-beyond-any-small-buffer", "", 30000});
  CHECK(page.workers[3] == HolderAddress{"n3", "10.0.0.4", 29999});
  REQUIRE(page.files.size() == 50);
  CHECK(page.files[49].replicas.size() == 8);
  CHECK(page.files[49].replicas[7].worker == 3);
}

TEST_CASE("folders are left out, and files being written are counted", "[alluxio]") {
  file::FileInfo folder = File("/f");
  folder.set_folder(true);
  file::FileInfo open = File("/open");
  open.set_completed(false);
  const MasterPage page = PageOf({folder, open, File("/a"), open});
  CHECK(page.files.size() == 1);
  CHECK(page.unfinished == 2);
  CHECK(page.malformed == 0);
}

TEST_CASE("an empty file is known by its own id", "[alluxio]") {
  file::FileInfo info = File("/empty");
  info.clear_block_ids();
  info.set_length(0);
  info.set_file_id((9 << 24) + 0xFFFFFF);
  const MasterPage page = PageOf({info});
  REQUIRE(page.files.size() == 1);
  CHECK(page.files[0].fact.id == 9);
  CHECK(page.files[0].fact.length == 0);
}

TEST_CASE("a file that makes no sense is counted and left out", "[alluxio]") {
  std::vector<file::FileInfo> bad(7, File("/a"));
  bad[0].set_path("relative");
  bad[1].set_path("/a/../b");
  bad[2].set_length(-1);
  bad[3].set_block_size_bytes(0);
  bad[4].set_length(int64_t{1} << 51);
  bad[5].clear_block_ids();
  bad[5].clear_file_id();
  // More blocks than a block's number can tell.
  bad[6].set_length(int64_t{1} << 40);
  bad[6].set_block_size_bytes(1);
  const MasterPage page = PageOf(bad);
  CHECK(page.files.empty());
  CHECK(page.malformed == 7);
}

TEST_CASE("a location that makes no sense is counted, the others stay", "[alluxio]") {
  file::FileInfo info = File("/a");
  BlockInfo* block = Block(info, Id(0), 100);
  At(block, "n1", "PMEM");
  At(block, "", "MEM");
  At(block, "n2", "MEM", 0);
  At(block, "n3", "MEM", 70000);
  At(block, "n4", "MEM");
  CHECK(Told(PageOf({info})) == Texts{"0@n4:29999 MEM"});
  CHECK(PageOf({info}).malformed == 4);
}

TEST_CASE("blocks whose number, file or length contradict the file are not used", "[alluxio]") {
  file::FileInfo info = File("/a");
  At(Block(info, Id(3), 100), "n1", "MEM");
  At(Block(info, Id(0, 6), 100), "n1", "MEM");
  At(Block(info, Id(2), 100), "n1", "MEM");
  At(Block(info, Id(1), 99), "n1", "MEM");
  const MasterPage page = PageOf({info});
  CHECK(page.files.at(0).replicas.empty());
  CHECK(page.malformed == 4);
}

TEST_CASE("the medium tells the tier where its alias is a name of somebody's own", "[alluxio]") {
  file::FileInfo info = File("/a");
  BlockInfo* block = Block(info, Id(0), 100);
  At(block, "n1", "SSD");
  block->mutable_locations(0)->set_tier_alias("FAST");
  CHECK(Told(PageOf({info})) == Texts{"0@n1:29999 SSD"});
}

TEST_CASE("a time beyond what nanoseconds can tell is the last one that they can", "[alluxio]") {
  file::FileInfo info = File("/a");
  info.set_last_modification_time_ms(INT64_MAX);
  CHECK(PageOf({info}).files.at(0).fact.modified_ns == 9'223'372'036'854'000'000);
}
