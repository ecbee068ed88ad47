#include "cache_worker/store/block_index.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace locus::worker;

namespace {

std::shared_ptr<const FileFacts> File(uint64_t id, const std::string& path) {
  return std::make_shared<const FileFacts>(FileFacts{id, path, 100, 10, 0});
}

size_t Count(const BlockIndex& index, const std::string& path) { return index.AtOrBelow(path).size(); }

}  // namespace

TEST_CASE("blocks are found by file, by folder and by nothing else", "[store]") {
  BlockIndex index;
  index.Insert(File(1, "/a/b"), 0, {});
  index.Insert(File(1, "/a/b"), 1, {});
  index.Insert(File(2, "/a/bc"), 0, {});
  index.Insert(File(3, "/a/b.c"), 0, {});
  index.Insert(File(4, "/a/b2/x"), 0, {});
  CHECK(Count(index, "/a/b") == 2);
  CHECK(Count(index, "/a") == 5);
  CHECK(Count(index, "/") == 5);
  CHECK(Count(index, "/a/b2") == 1);
  CHECK(Count(index, "/a/") == 0);
  CHECK(Count(index, "/b") == 0);
  CHECK(index.blocks() == 5);
}

TEST_CASE("an erased block leaves nothing behind", "[store]") {
  BlockIndex index;
  index.Insert(File(1, "/a"), 0, {});
  index.Insert(File(1, "/a"), 7, {});
  index.Erase({1, 0});
  CHECK(index.Find({1, 0}) == nullptr);
  CHECK(index.Find({1, 7}) != nullptr);
  CHECK(index.FileOf(1) != nullptr);
  index.Erase({1, 7});
  CHECK(index.FileOf(1) == nullptr);
  CHECK(index.blocks() == 0);
  CHECK(Count(index, "/") == 0);
  index.Erase({1, 7});
  CHECK(index.blocks() == 0);
}

TEST_CASE("a content is found by its path and the low 40 bits of its id", "[store]") {
  BlockIndex index;
  const uint64_t high = uint64_t{7} << 40;
  index.Insert(File(high | 5, "/a"), 3, {});
  index.Insert(File(high | 6, "/a"), 0, {});
  index.Insert(File(high | 5 | 1 << 20, "/b"), 0, {});
  REQUIRE(index.FindContent("/a", 5) != nullptr);
  CHECK(index.FindContent("/a", 5)->file_id == (high | 5));
  CHECK(index.FindContent("/a", 6)->file_id == (high | 6));
  CHECK(index.FindContent("/a", 7) == nullptr);
  CHECK(index.FindContent("/b", 5) == nullptr);
  CHECK(index.FindContent("/", 5) == nullptr);
  index.Erase({high | 5, 3});
  CHECK(index.FindContent("/a", 5) == nullptr);
}

TEST_CASE("blocks of other contents of a path are told apart", "[store]") {
  BlockIndex index;
  index.Insert(File(1, "/a"), 0, {});
  index.Insert(File(1, "/a"), 1, {});
  index.Insert(File(2, "/a"), 0, {});
  index.Insert(File(3, "/a/x"), 0, {});
  CHECK(index.OtherContents("/a", 2) == std::vector<BlockKey>{{1, 0}, {1, 1}});
  CHECK(index.OtherContents("/a", 0).size() == 3);
  CHECK(index.OtherContents("/b", 0).empty());
}
