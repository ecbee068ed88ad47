#include "cache_worker/store/chunk_sum.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace locus::worker;

namespace {

std::string Bytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 7 + i / 251) % 256);
  return bytes;
}

// Of Bytes(size), by libxxhash's XXH3_64bits called from Python; 0 bytes as the format's page has it.
const std::vector<std::pair<size_t, uint64_t>> kSums = {
    {0, 0x2d06800538d394c2},    {1, 0xc44bdff4074eecdb},      {240, 0x4917a75c0ef8eed7},    {241, 0x541b19226f0052e8},
    {1024, 0xba464919c6bb3ccd}, {300000, 0x1c64defc2b162dc9}, {1048576, 0x4d13e3faf4e0828a}};

}  // namespace

TEST_CASE("a chunk's sum is XXH3-64", "[store]") {
  for (const auto& [size, sum] : kSums) {
    INFO(size);
    CHECK(ChunkSum(Bytes(size)) == sum);
  }
}
