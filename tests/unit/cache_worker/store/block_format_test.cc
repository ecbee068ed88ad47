#include "cache_worker/store/block_format.h"

#include <catch2/catch.hpp>

#include "cache_worker/store/chunk_sum.h"
#include "common/status.h"

using namespace locus::worker;

namespace {

// Block 1, payload "hello", of a file of 10 bytes in blocks of 5. Made from docs/formats.md by Python's struct.pack and
// libxxhash, not by the code under test.
const char kTrailerHex[] =
    "fddc625c55e855952f612f624c4f435553424c4b0100000004000000935b6c0bcc64eb510a00000000000000050000000000000015cd853dfe"
    "9c"
    "9717010000000000100005000000000000009f001a285a0670d4";

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

BlockTrailer Sample() { return {{0x51eb64cc0b6c5b93, "/a/b", 10, 5, 1700000000123456789}, 1, {ChunkSum("hello")}}; }

}  // namespace

TEST_CASE("a trailer has the bytes that the format page tells", "[store]") {
  CHECK(EncodeTrailer(Sample()) == FromHex(kTrailerHex));
}

TEST_CASE("a trailer made elsewhere is understood", "[store]") {
  const std::string bytes = FromHex(kTrailerHex);
  CHECK(TrailerLength(bytes.substr(bytes.size() - kFooterBytes), bytes.size() + 5).value() == 84);
  const auto trailer = DecodeTrailer(bytes, bytes.size() + 5);
  REQUIRE(trailer.ok());
  CHECK(trailer->file == Sample().file);
  CHECK(trailer->index == 1);
  CHECK(trailer->chunk_sums == Sample().chunk_sums);
}

TEST_CASE("no single flipped bit of a trailer goes unnoticed", "[store]") {
  const std::string good = FromHex(kTrailerHex);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    INFO("bit " << bit);
    CHECK(absl::IsDataLoss(DecodeTrailer(bad, bad.size() + 5).status()));
  }
}

TEST_CASE("a trailer whose file has another size is refused", "[store]") {
  const std::string good = FromHex(kTrailerHex);
  for (const uint64_t size : {uint64_t{0}, uint64_t{84}, uint64_t{88}, uint64_t{90}, UINT64_MAX}) {
    CHECK(absl::IsDataLoss(DecodeTrailer(good, size).status()));
  }
  for (size_t length = 0; length < good.size(); ++length) {
    CHECK(absl::IsDataLoss(DecodeTrailer(good.substr(0, length), good.size() + 5).status()));
  }
}

TEST_CASE("a whole trailer that tells nonsense is refused", "[store]") {
  const auto refused = [](BlockTrailer trailer) {
    const std::string bytes = EncodeTrailer(trailer);
    return absl::IsDataLoss(DecodeTrailer(bytes, bytes.size() + BlockLength(trailer.file, trailer.index)).status());
  };
  CHECK_FALSE(refused(Sample()));
  for (const char* path : {"", "a/b", "/a/../b", "/a//b", "/a/", "/a\xFF"}) {
    BlockTrailer trailer = Sample();
    trailer.file.path = path;
    INFO(path);
    CHECK(refused(trailer));
  }
  BlockTrailer beyond_the_end = Sample();
  beyond_the_end.index = 2;
  beyond_the_end.chunk_sums.clear();
  CHECK(refused(beyond_the_end));
}

TEST_CASE("a payload has one sum for each started mebibyte", "[store]") {
  CHECK(ChunkCount(0) == 0);
  CHECK(ChunkCount(1) == 1);
  CHECK(ChunkCount(1048576) == 1);
  CHECK(ChunkCount(1048577) == 2);
  CHECK(ChunkCount(67108864) == 64);
}

TEST_CASE("block files are named by file id and index", "[store]") {
  CHECK(BlockFileName({0x3f00112233445566, 7}) == "blocks/3f/3f00112233445566-7.block");
  CHECK(BlockFileName({0x1, 4294967295}) == "blocks/00/0000000000000001-4294967295.block");
  const auto key = ParseBlockFileName("3f00112233445566-7.block");
  REQUIRE(key.ok());
  CHECK(*key == BlockKey{0x3f00112233445566, 7});
}

TEST_CASE("names that the worker does not write are not taken for blocks", "[store]") {
  for (const char* name :
       {"", "x", "3f00112233445566-7", "3F00112233445566-7.block", "3f00112233445566-07.block",
        "3f00112233445566-.block", "3f00112233445566--1.block", "3f00112233445566_7.block", "3f0011223344556-7.block",
        "3f00112233445566-7.block.bak", "3f00112233445566-4294967296.block", "zf00112233445566-7.block",
        "3f00112233445566-7x.block"}) {
    INFO(name);
    CHECK_FALSE(ParseBlockFileName(name).ok());
  }
}

TEST_CASE("a file is cut into equal blocks and a rest", "[store]") {
  const FileFacts file{1, "/f", 10, 4, 0};
  CHECK(BlockCount(file) == 3);
  CHECK(BlockLength(file, 0) == 4);
  CHECK(BlockLength(file, 2) == 2);
  CHECK(BlockLength(file, 3) == 0);
  CHECK(BlockCount({1, "/f", 8, 4, 0}) == 2);
  CHECK(BlockLength({1, "/f", 8, 4, 0}, 1) == 4);
  CHECK(BlockCount({1, "/f", 0, 4, 0}) == 0);
}
