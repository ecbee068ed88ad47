#include "extender/locality/picture.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace locus::extender;

namespace {

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

Holder On(const std::string& node, TierBytes bytes) {
  Holder holder;
  holder.node = node;
  holder.bytes = bytes;
  return holder;
}

}  // namespace

TEST_CASE("sums stop at the largest number", "[picture]") {
  CHECK(AddSaturating(1, 2) == 3);
  CHECK(AddSaturating(kMost, 1) == kMost);
  CHECK(AddSaturating(kMost - 1, 1) == kMost);
  CHECK(Total({kMost, kMost, kMost}) == kMost);
}

TEST_CASE("bytes are taken from the fastest tier first", "[picture]") {
  CHECK(TakeFastest({5, 5, 5}, 7) == TierBytes{5, 2, 0});
  CHECK(TakeFastest({5, 5, 5}, 0) == TierBytes{0, 0, 0});
  CHECK(TakeFastest({5, 5, 5}, 100) == TierBytes{5, 5, 5});
}

TEST_CASE("workers of one node add up to at most the input", "[picture]") {
  const auto nodes = SumByNode({On("b", {1, 0, 0}), On("a", {60, 0, 10}), On("a", {30, 20, 0})}, 100);
  REQUIRE(nodes.size() == 2);
  CHECK(nodes[0].node == "a");
  CHECK(nodes[0].bytes == TierBytes{90, 10, 0});
  CHECK(nodes[1].bytes == TierBytes{1, 0, 0});
}

TEST_CASE("holders without node or without bytes do not count", "[picture]") {
  CHECK(SumByNode({On("", {5, 0, 0}), On("a", {0, 0, 0})}, 100).empty());
  CHECK(SumByNode({On("a", {5, 0, 0})}, 0).empty());
}

TEST_CASE("a block on two nodes counts twice among the copies", "[picture]") {
  InputPicture picture;
  picture.length_bytes = 100;
  picture.holders = {On("a", {60, 0, 0}), On("b", {0, 30, 20}), On("", {9, 0, 0})};
  IndexNodes(picture);
  CHECK(picture.copied_bytes == 110);
  picture.holders.clear();
  IndexNodes(picture);
  CHECK(picture.copied_bytes == 0);
}

TEST_CASE("loads are found by node, of two the busier", "[picture]") {
  const NodeLoads loads({{"b", 0.5}, {"a", 0.1}, {"b", 0.7}});
  CHECK(loads.size() == 2);
  CHECK(loads.Find("b") == 0.7);
  CHECK(loads.Find("a") == 0.1);
  CHECK_FALSE(loads.Find("c"));
  CHECK_FALSE(NodeLoads().Find("a"));
}
