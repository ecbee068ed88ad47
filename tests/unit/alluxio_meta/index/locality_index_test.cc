#include "alluxio_meta/index/locality_index.h"

#include <catch2/catch.hpp>

using namespace locus::meta;

namespace {

constexpr uint64_t kMiB = 1 << 20;

LocalityAnswer AskIndex(const LocalityIndex& index, const std::string& path, size_t max_matches = 1000) {
  return index.Ask(index.Match(PathPattern::Parse(path).value(), max_matches));
}

uint64_t BytesOn(const LocalityAnswer& answer, HolderId holder, Tier tier) {
  for (const HolderTiers& h : answer.holders) {
    if (h.holder == holder) return h.bytes[static_cast<size_t>(tier)];
  }
  return 0;
}

FileFact Fact(FileId id, const std::string& path, uint64_t length, int64_t modified = 1) {
  return {id, path, length, 64 * kMiB, modified};
}

BlockChange Added(FileId file, uint32_t block, Tier tier) { return {file, block, tier, true}; }
BlockChange Removed(FileId file, uint32_t block, Tier tier) { return {file, block, tier, false}; }

}  // namespace

TEST_CASE("a block in two tiers of one holder counts once, in the faster one", "[index]") {
  LocalityIndex index;
  index.PutFile(Fact(1, "/t/f", 100 * kMiB));
  CHECK(index.ChangeBlock(7, Added(1, 0, Tier::kSsd)) == BlockOutcome::kApplied);
  CHECK(index.ChangeBlock(7, Added(1, 0, Tier::kMem)) == BlockOutcome::kApplied);
  LocalityAnswer t = AskIndex(index, "/t");
  CHECK(BytesOn(t, 7, Tier::kMem) == 64 * kMiB);
  CHECK(BytesOn(t, 7, Tier::kSsd) == 0);
  CHECK(t.cached == 64 * kMiB);
  CHECK(index.ChangeBlock(7, Removed(1, 0, Tier::kMem)) == BlockOutcome::kApplied);
  t = AskIndex(index, "/t");
  CHECK(BytesOn(t, 7, Tier::kMem) == 0);
  CHECK(BytesOn(t, 7, Tier::kSsd) == 64 * kMiB);
}

TEST_CASE("a block with three replicas counts once on each holder and once in cached bytes", "[index]") {
  LocalityIndex index;
  index.PutFile(Fact(1, "/t/f", 100 * kMiB));
  for (const HolderId h : {1, 2, 3}) index.ChangeBlock(h, Added(1, 1, Tier::kHdd));
  const LocalityAnswer t = AskIndex(index, "/t/f");
  CHECK(t.length == 100 * kMiB);
  CHECK(t.blocks == 2);
  // The last block is the rest of the file.
  CHECK(t.cached == 36 * kMiB);
  REQUIRE(t.holders.size() == 3);
  for (const HolderId h : {1, 2, 3}) CHECK(BytesOn(t, h, Tier::kHdd) == 36 * kMiB);
}

TEST_CASE("news that does not fit is ignored and said so", "[index]") {
  LocalityIndex index({2});
  CHECK(index.PutFile(Fact(1, "/t/f", 100 * kMiB)) == FileOutcome::kAdded);
  CHECK(index.PutFile(Fact(1, "/t/f", 100 * kMiB)) == FileOutcome::kConfirmed);
  CHECK(index.ChangeBlock(1, Added(1, 2, Tier::kMem)) == BlockOutcome::kBeyondFile);
  CHECK(index.ChangeBlock(1, Added(9, 0, Tier::kMem)) == BlockOutcome::kUnknownFile);
  CHECK(index.ChangeBlock(1, Removed(1, 0, Tier::kMem)) == BlockOutcome::kNoChange);
  CHECK(index.PutFile(Fact(2, "/t/f/below", 1, 0)) == FileOutcome::kConflict);
  CHECK(index.PutFile(Fact(2, "/t", 1, 99)) == FileOutcome::kConflict);
  CHECK(index.PutFile({2, "/zero", 1, 0, 1}) == FileOutcome::kMalformed);
  CHECK(index.PutFile({2, "/", 1, 1, 1}) == FileOutcome::kMalformed);
  CHECK(index.PutFile({2, "/blocks", kMaxFileBytes, 1, 1}) == FileOutcome::kMalformed);
  CHECK(index.PutFile({2, "/large", kMaxFileBytes + 1, kMaxFileBytes, 1}) == FileOutcome::kMalformed);
  CHECK(index.PutFile(Fact(2, "/g", 1)) == FileOutcome::kAdded);
  CHECK(index.PutFile(Fact(3, "/h", 1)) == FileOutcome::kLimit);
  CHECK(index.files() == 2);
}

TEST_CASE("a file without bytes is a file without blocks", "[index]") {
  LocalityIndex index;
  CHECK(index.PutFile(Fact(1, "/t/_SUCCESS", 0)) == FileOutcome::kAdded);
  CHECK(index.ChangeBlock(1, Added(1, 0, Tier::kMem)) == BlockOutcome::kBeyondFile);
  const LocalityAnswer t = AskIndex(index, "/t");
  CHECK(t.files == 1);
  CHECK(t.blocks == 0);
  CHECK(t.length == 0);
}

TEST_CASE("the newer content of a path wins whichever comes first", "[index]") {
  for (const bool newer_first : {true, false}) {
    LocalityIndex index;
    const FileFact older = Fact(1, "/t/f", 10, 100), newer = Fact(2, "/t/f", 20, 200);
    if (newer_first) {
      CHECK(index.PutFile(newer) == FileOutcome::kAdded);
      CHECK(index.PutFile(older) == FileOutcome::kOlder);
      CHECK(index.ChangeBlock(1, Added(1, 0, Tier::kMem)) == BlockOutcome::kUnknownFile);
    } else {
      CHECK(index.PutFile(older) == FileOutcome::kAdded);
      index.ChangeBlock(1, Added(1, 0, Tier::kMem));
      CHECK(index.PutFile(newer) == FileOutcome::kReplaced);
    }
    const LocalityAnswer t = AskIndex(index, "/t");
    CHECK(t.length == 20);
    CHECK(t.files == 1);
    CHECK(t.cached == 0);
    CHECK(index.replicas() == 0);
    CHECK(index.Blocks(1) == 0);
  }
}

TEST_CASE("a listing puts an older content back when nothing has told of the newer one since", "[index]") {
  LocalityIndex index;
  index.PutFile(Fact(2, "/t/f", 20, 200));
  const uint64_t listing = index.BeginListing();
  CHECK(index.PutFile(Fact(1, "/t/f", 10, 100), listing) == FileOutcome::kReplaced);
  // Told of during the listing: younger than the listing.
  index.PutFile(Fact(2, "/t/f", 20, 200));
  CHECK(index.PutFile(Fact(1, "/t/f", 10, 100), listing) == FileOutcome::kOlder);
}

TEST_CASE("a file that a listing does not name is gone, and has its replicas when it comes back", "[index]") {
  LocalityIndex index;
  const FileFact f = Fact(1, "/t/f", 10);
  index.PutFile(f);
  index.PutFile(Fact(2, "/t/g", 10));
  index.PutFile(Fact(3, "/u/h", 10));
  index.ChangeBlock(1, Added(1, 0, Tier::kMem));
  index.ChangeBlock(2, Added(1, 0, Tier::kSsd));
  const uint64_t listing = index.BeginListing();
  index.PutFile(Fact(2, "/t/g", 10), listing);
  CHECK(index.EndListing("/t", listing) == 1);
  CHECK(AskIndex(index, "/t").files == 1);
  CHECK(AskIndex(index, "/t").holders.empty());
  CHECK(AskIndex(index, "/").files == 2);
  // News of the hidden replicas goes on.
  index.ChangeBlock(2, Removed(1, 0, Tier::kSsd));
  CHECK(index.PutFile(f) == FileOutcome::kMoved);
  CHECK(BytesOn(AskIndex(index, "/t"), 1, Tier::kMem) == 10);
  CHECK(BytesOn(AskIndex(index, "/t"), 2, Tier::kSsd) == 0);
}

TEST_CASE("a renamed file keeps its replicas", "[index]") {
  LocalityIndex index;
  index.PutFile(Fact(1, "/t/f", 10));
  index.ChangeBlock(1, Added(1, 0, Tier::kMem));
  CHECK(index.PutFile(Fact(1, "/u/g", 10)) == FileOutcome::kMoved);
  CHECK(AskIndex(index, "/t").files == 0);
  CHECK(BytesOn(AskIndex(index, "/u/g"), 1, Tier::kMem) == 10);
  CHECK(index.PutFile(Fact(1, "/u/g/h", 10)) == FileOutcome::kMoved);
  CHECK(BytesOn(AskIndex(index, "/u/g/h"), 1, Tier::kMem) == 10);
}

TEST_CASE("a snapshot removes what was not repeated, and one that broke off removes nothing", "[index]") {
  LocalityIndex index;
  index.PutFile({1, "/t/f", 100, 10, 1});
  for (uint32_t b = 0; b < 4; ++b) index.ChangeBlock(5, Added(1, b, Tier::kSsd));
  index.ChangeBlock(5, Added(1, 0, Tier::kMem));
  index.BeginSnapshot(5);
  index.ChangeBlock(5, Added(1, 1, Tier::kSsd));
  CHECK(BytesOn(AskIndex(index, "/t"), 5, Tier::kSsd) == 30);
  // It breaks off here; the next one repeats other blocks.
  index.BeginSnapshot(5);
  index.ChangeBlock(5, Added(1, 0, Tier::kSsd));
  index.ChangeBlock(5, Added(1, 2, Tier::kSsd));
  CHECK(index.EndSnapshot(5) == 3);  // block 0 in MEM, blocks 1 and 3
  CHECK(BytesOn(AskIndex(index, "/t"), 5, Tier::kSsd) == 20);
  CHECK(BytesOn(AskIndex(index, "/t"), 5, Tier::kMem) == 0);
  CHECK(index.Blocks(5) == 2);
  CHECK(index.EndSnapshot(5) == 0);
}

TEST_CASE("a holder that does not count leaves all answers and returns to them exactly", "[index]") {
  LocalityIndex index;
  index.PutFile({1, "/t/f", 100, 10, 1});
  index.ChangeBlock(1, Added(1, 0, Tier::kMem));
  index.ChangeBlock(2, Added(1, 0, Tier::kMem));
  index.ChangeBlock(2, Added(1, 1, Tier::kMem));
  const HolderId both[] = {1, 2};
  index.SetCounting(std::span(both).subspan(1), false);
  CHECK(AskIndex(index, "/t").cached == 10);
  CHECK(AskIndex(index, "/t").holders.size() == 1);
  index.SetCounting(both, false);
  CHECK(AskIndex(index, "/t").cached == 0);
  CHECK(AskIndex(index, "/t").holders.empty());
  index.ChangeBlock(2, Removed(1, 0, Tier::kMem));
  index.SetCounting(both, true);
  CHECK(AskIndex(index, "/t").cached == 20);
  CHECK(BytesOn(AskIndex(index, "/t"), 2, Tier::kMem) == 10);
  index.DropHolder(1);
  CHECK(AskIndex(index, "/t").cached == 10);
  CHECK(index.Blocks(1) == 0);
}

TEST_CASE("a file with many replicas answers as one with few does", "[index]") {
  LocalityIndex index;
  index.PutFile({1, "/t/f", 1000, 1, 1});
  for (uint32_t b = 0; b < 900; ++b) index.ChangeBlock(static_cast<HolderId>(b % 3), Added(1, b, Tier::kSsd));
  CHECK(AskIndex(index, "/t/f").cached == 900);
  CHECK(BytesOn(AskIndex(index, "/t/f"), 2, Tier::kSsd) == 300);
  for (uint32_t b = 0; b < 890; ++b) index.ChangeBlock(static_cast<HolderId>(b % 3), Removed(1, b, Tier::kSsd));
  CHECK(AskIndex(index, "/t/f").cached == 10);
  CHECK(AskIndex(index, "/t").cached == 10);
}

TEST_CASE("sums of petabytes do not overflow", "[index]") {
  LocalityIndex index;
  for (FileId id = 1; id <= 4000; ++id) {
    index.PutFile({id, "/t/" + std::to_string(id), kMaxFileBytes, kMaxFileBytes, 1});
    index.ChangeBlock(1, Added(id, 0, Tier::kHdd));
  }
  const LocalityAnswer t = AskIndex(index, "/t");
  CHECK(t.length == 4000 * (uint64_t{1} << 50));
  CHECK(t.cached == t.length);
  CHECK(BytesOn(t, 1, Tier::kHdd) == t.length);
}

TEST_CASE("a glob sums what it matches, within its bound", "[index]") {
  LocalityIndex index;
  FileId id = 0;
  for (const char* path :
       {"/t/d=1/a.parquet", "/t/d=1/b.parquet", "/t/d=2/a.parquet", "/t/d=3/a.csv", "/t/e/a.parquet"}) {
    index.PutFile({++id, path, 10, 10, 1});
    index.ChangeBlock(static_cast<HolderId>(id), Added(id, 0, Tier::kMem));
  }
  CHECK(AskIndex(index, "/t/d=*/*.parquet").files == 3);
  CHECK(AskIndex(index, "/t/d=*/*.parquet").cached == 30);
  CHECK(AskIndex(index, "/t/d=[13]").files == 3);
  CHECK(AskIndex(index, "/t/{e,d=2}/a.*").holders.size() == 2);
  CHECK(AskIndex(index, "/*/*/a.?sv").files == 1);
  CHECK(AskIndex(index, "/t/x*").files == 0);
  const Matches cut = index.Match(PathPattern::Parse("/t/*/*").value(), 2);
  CHECK(cut.truncated);
  CHECK(cut.nodes.size() == 2);
  CHECK_FALSE(index.Match(PathPattern::Parse("/t/*/*").value(), 5).truncated);
}

TEST_CASE("only what is neither cached nor kept is forgotten", "[index]") {
  LocalityIndex index;
  for (FileId id = 1; id <= 4; ++id) index.PutFile(Fact(id, "/t/" + std::to_string(id), 10));
  index.ChangeBlock(1, Added(1, 0, Tier::kMem));
  index.Forget("/t", [](std::string_view path) { return path == "/t/2"; });
  CHECK(AskIndex(index, "/t").files == 2);

  CHECK(index.TakeIdle() == std::vector<FileId>{2});
  index.ChangeBlock(1, Removed(1, 0, Tier::kMem));
  CHECK(index.TakeIdle() == std::vector<FileId>{1});
  index.ReviewIdle(1, [](std::string_view) { return false; });
  index.ReviewIdle(2, [](std::string_view) { return true; });
  CHECK(AskIndex(index, "/t").files == 1);
  CHECK(AskIndex(index, "/").files == 1);
}

TEST_CASE("a follower sees changes below its path and no others", "[index]") {
  LocalityIndex index;
  const FollowId t = index.Follow("/t"), u = index.Follow("/u"), root = index.Follow("/"), again = index.Follow("/t");
  CHECK(t == again);
  index.PutFile(Fact(1, "/t/f", 10));
  CHECK(index.ChangedAt(t) == index.epoch());
  CHECK(index.ChangedAt(root) == index.epoch());
  CHECK(index.ChangedAt(u) == 0);
  const uint64_t before = index.epoch();
  index.ChangeBlock(1, Added(1, 0, Tier::kSsd));
  CHECK(index.ChangedAt(t) > before);
  // A slower copy beside a faster one changes no answer.
  const uint64_t cached = index.epoch();
  index.ChangeBlock(1, Added(1, 0, Tier::kHdd));
  CHECK(index.epoch() == cached);
  index.Unfollow(t);
  index.PutFile(Fact(2, "/t/g", 10));
  CHECK(index.ChangedAt(again) == index.epoch());
  index.Unfollow(again);
  CHECK(index.Follow("/v") == t);
}
