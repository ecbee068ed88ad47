#include "alluxio_meta/index/block_sketch.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace locus::meta;

namespace {

std::vector<uint64_t> Hashes(const std::vector<SketchedBlock>& blocks) {
  std::vector<uint64_t> hashes;
  for (const SketchedBlock& block : blocks) hashes.push_back(block.hash);
  return hashes;
}

std::vector<uint64_t> RandomNumbers(size_t count) {
  std::mt19937_64 random(7);
  std::vector<uint64_t> numbers(count);
  for (uint64_t& number : numbers) number = random();
  return numbers;
}

}  // namespace

// Computed by Python's struct.pack("<QI") and libxxhash.
TEST_CASE("a block's hash is XXH3 of file id and position", "[block_sketch]") {
  CHECK(BlockHash(1, 0) == 0x1ae5c64125880f18);
  CHECK(BlockHash(1, 1) == 0xbc51e9c7e72f4789);
  CHECK(BlockHash(0x0123456789abcdef, 0xfedcba98) == 0x4dde2707d4da13fc);
}

TEST_CASE("the blocks with the smallest hashes stay, in whatever order they come", "[block_sketch]") {
  std::vector<uint64_t> numbers = RandomNumbers(1000);
  std::vector<uint64_t> sorted = numbers;
  std::sort(sorted.begin(), sorted.end());
  sorted.resize(50);
  for (int round = 0; round < 3; ++round) {
    BlockSketch sketch(50, 1000);
    for (const uint64_t number : numbers) sketch.Add({number, number, {1}});
    CHECK(Hashes(sketch.Take()) == sorted);
    std::shuffle(numbers.begin(), numbers.end(), std::mt19937(static_cast<unsigned>(round)));
  }
}

TEST_CASE("all blocks stay while there are no more than allowed", "[block_sketch]") {
  BlockSketch sketch(3, 100);
  for (const uint64_t hash : {30, 10, 20}) sketch.Add({hash, hash + 1, {static_cast<uint32_t>(hash)}});
  const std::vector<SketchedBlock> blocks = sketch.Take();
  CHECK(Hashes(blocks) == std::vector<uint64_t>{10, 20, 30});
  CHECK(blocks[1].bytes == 21);
  CHECK(blocks[1].nodes == std::vector<uint32_t>{20});
  CHECK(sketch.Take().empty());
}

TEST_CASE("a sketch wants what Add would keep", "[block_sketch]") {
  BlockSketch sketch(2, 100);
  for (const uint64_t hash : {30, 10, 20}) sketch.Add({hash, 1, {0}});
  CHECK(sketch.Wants(15));
  CHECK(sketch.Wants(25));
  CHECK_FALSE(sketch.Wants(30));
  CHECK_FALSE(sketch.Wants(31));
}

TEST_CASE("blocks on many nodes make a sample of fewer blocks, which is none of the larger hashes", "[block_sketch]") {
  std::vector<uint64_t> numbers = RandomNumbers(500);
  BlockSketch sketch(100, 90);
  // Every other block lies on nine nodes, the rest on one: also a small one must not come back once it had to go.
  for (size_t i = 0; i < numbers.size(); ++i) {
    sketch.Add({numbers[i], 1, std::vector<uint32_t>(i % 2 == 0 ? 9 : 1)});
  }
  const std::vector<uint64_t> kept = Hashes(sketch.Take());
  std::sort(numbers.begin(), numbers.end());
  REQUIRE(kept.size() >= 10);
  CHECK(kept.size() < 50);
  CHECK(kept == std::vector<uint64_t>(numbers.begin(), numbers.begin() + static_cast<ptrdiff_t>(kept.size())));
}

TEST_CASE("a block that is added twice is in the sample once", "[block_sketch]") {
  BlockSketch sketch(10, 100);
  for (const uint64_t hash : {5, 6, 5}) sketch.Add({hash, 1, {0}});
  CHECK(Hashes(sketch.Take()) == std::vector<uint64_t>{5, 6});
}
