// Samples of blocks, beside what ListBlocks says of the same input.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "alluxio_meta/catalog/catalog.h"
#include "common/status.h"
#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

class FakeWorkerLink final : public WorkerLink {
 public:
  void AskListing(uint64_t request, const std::string&, uint32_t) override { asked = request; }
  void Cut() override {}
  uint64_t asked = 0;
};

// A block as a sample shows it: bytes, and the names of its nodes.
using Seen = std::pair<uint64_t, std::set<std::string>>;

struct Fixture {
  Fixture() { Restart(); }
  void Restart() { catalog.emplace(options, MountTable(), clock); }

  uint64_t Open(const std::string& host, const std::string& node) {
    links.push_back(std::make_shared<FakeWorkerLink>());
    streams.push_back(catalog->OpenStream({{host, "", 1}, node, "", {}}, links.back()).value());
    return streams.back();
  }
  // Asks for the input, and answers its listing if it is the first time.
  void Know(const Target& target) {
    catalog->Ask(std::span(&target, 1), Duration(0));
    for (size_t i = 0; i < links.size(); ++i) {
      const uint64_t request = std::exchange(links[i]->asked, 0);
      if (request == 0) continue;
      std::vector<FileFact> below;
      std::copy_if(files.begin(), files.end(), std::back_inserter(below),
                   [&](const FileFact& file) { return file.path.starts_with(target.pattern->literal()); });
      const bool none = below.empty();
      REQUIRE(catalog->Listing(streams[i], {request, std::move(below), true, none, ""}).ok());
    }
  }
  void Put(FileId id, const std::string& path, uint32_t blocks, uint64_t block_bytes = 10) {
    files.push_back({id, path, blocks * block_bytes, block_bytes, 1});
    for (const uint64_t stream : streams) REQUIRE(catalog->Apply(stream, std::span(&files.back(), 1), {}).ok());
  }
  void Cache(uint64_t stream, FileId file, uint32_t first, uint32_t last, bool added = true) {
    std::vector<BlockChange> changes;
    for (uint32_t b = first; b < last; ++b) changes.push_back({file, b, Tier::kSsd, added});
    REQUIRE(catalog->Apply(stream, {}, changes).ok());
  }

  absl::StatusOr<BlocksSample> TrySample(
      const std::string& input, size_t max_blocks,
      const std::function<absl::Status()>& go_on = [] { return absl::OkStatus(); }) {
    const Target target = catalog->Parse(input);
    Know(target);
    return catalog->SampleBlocks(target, max_blocks, Duration(0), go_on);
  }
  BlocksSample Sample(const std::string& input, size_t max_blocks) { return TrySample(input, max_blocks).value(); }

  // What ListBlocks says of blocks that lie on a node, by hash.
  std::map<uint64_t, Seen> Listed(const std::string& input) {
    std::map<uint64_t, Seen> all;
    const Target target = catalog->Parse(input);
    Know(target);
    for (std::optional<BlockPosition> from = BlockPosition(); from.has_value();) {
      const BlocksPage page = catalog->ListBlocks(target, *from, 10'000, Duration(0));
      for (const BlockPicture& block : page.blocks) {
        Seen seen = {block.length, {}};
        for (const auto& holder : block.holders) {
          if (!holder.node.empty()) seen.second.insert(holder.node);
        }
        if (!seen.second.empty()) all[BlockHash(block.file, block.index)] = seen;
      }
      from = page.next;
    }
    return all;
  }
  static std::map<uint64_t, Seen> Shown(const BlocksSample& sample) {
    std::map<uint64_t, Seen> all;
    for (const SketchedBlock& block : sample.blocks) {
      CHECK(std::is_sorted(block.nodes.begin(), block.nodes.end()));
      Seen& seen = all[block.hash];
      seen.first = block.bytes;
      for (const uint32_t node : block.nodes) seen.second.insert(sample.nodes.at(node));
      CHECK(seen.second.size() == block.nodes.size());
    }
    CHECK(all.size() == sample.blocks.size());
    return all;
  }

  FakeClock clock;
  CatalogOptions options;
  std::optional<Catalog> catalog;
  std::vector<std::shared_ptr<FakeWorkerLink>> links;
  std::vector<uint64_t> streams;
  std::vector<FileFact> files;
};

// 500 files of 120 blocks; each block on none to three of five nodes.
struct Crowd : Fixture {
  static constexpr FileId kFiles = 500;
  static constexpr uint32_t kBlocks = 120;

  Crowd() {
    for (const char* name : {"a", "b", "c", "d", "e"}) Open(name, std::string("node-") + name);
    for (FileId id = 1; id <= kFiles; ++id) {
      Put(id, "/t/p=" + std::to_string(id % 10) + "/f" + std::to_string(id), kBlocks);
    }
    std::mt19937 random(11);
    for (const uint64_t stream : streams) {
      std::vector<BlockChange> changes;
      for (FileId id = 1; id <= kFiles; ++id) {
        for (uint32_t b = 0; b < kBlocks; ++b) {
          if (random() % 10 < 3) changes.push_back({id, b, Tier::kMem, true});
        }
      }
      REQUIRE(catalog->Apply(stream, {}, changes).ok());
    }
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a sample of few blocks is all that are cached", "[catalog_samples]") {
  const uint64_t a = Open("a", "node-a");
  const uint64_t b = Open("b", "node-b");
  Put(1, "/t/f", 8);
  Put(2, "/t/short", 1, 3);
  Cache(a, 1, 0, 4);
  Cache(b, 1, 3, 6);
  Cache(b, 2, 0, 1);
  const BlocksSample sample = Sample("/t", 100);
  CHECK(sample.state == InputState::kKnown);
  CHECK(sample.nodes == std::vector<std::string>{"node-a", "node-b"});
  CHECK(sample.cached_blocks == 7);
  std::multiset<Seen> blocks;
  for (const auto& [hash, seen] : Shown(sample)) blocks.insert(seen);
  const Seen on_a = {10, {"node-a"}}, on_b = {10, {"node-b"}}, on_both = {10, {"node-a", "node-b"}};
  CHECK(blocks == std::multiset<Seen>{on_a, on_a, on_a, on_both, on_b, on_b, {3, {"node-b"}}});
}

TEST_CASE_METHOD(Crowd, "a sample of many blocks is those with the smallest hashes", "[catalog_samples]") {
  std::map<uint64_t, Seen> listed = Listed("/t");
  const BlocksSample sample = Sample("/t", 2000);
  CHECK(sample.cached_blocks == listed.size());
  while (listed.size() > 2000) listed.erase(std::prev(listed.end()));
  CHECK(Shown(sample) == listed);
}

TEST_CASE_METHOD(Crowd, "a sample tells how copies overlap as well as chance allows", "[catalog_samples]") {
  const std::map<uint64_t, Seen> listed = Listed("/t");
  const std::map<uint64_t, Seen> shown = Shown(Sample("/t", 4096));
  // Share of the blocks, and in the sample, that both of two nodes hold.
  const auto share = [](const std::map<uint64_t, Seen>& blocks, const std::string& x, const std::string& y) {
    const auto both = std::count_if(blocks.begin(), blocks.end(), [&](const auto& entry) {
      return entry.second.second.contains(x) && entry.second.second.contains(y);
    });
    return static_cast<double>(both) / static_cast<double>(blocks.size());
  };
  for (const auto& [x, y] : {std::pair("node-a", "node-b"), std::pair("node-c", "node-e"), {"node-d", "node-d"}}) {
    const double truth = share(listed, x, y);
    // Five standard deviations of a draw of 4,096.
    CHECK(std::abs(share(shown, x, y) - truth) < 5 * std::sqrt(truth * (1 - truth) / 4096));
  }
}

TEST_CASE_METHOD(Crowd, "a sample changes little while the input grows", "[catalog_samples]") {
  const std::map<uint64_t, Seen> before = Shown(Sample("/t", 2000));
  Put(1000, "/t/more", 12'000);
  Cache(streams[0], 1000, 0, 5'000);
  const std::map<uint64_t, Seen> after = Shown(Sample("/t", 2000));
  const auto kept = std::count_if(before.begin(), before.end(), [&](const auto& e) { return after.contains(e.first); });
  // About 50,000 blocks were cached: a tenth more drives out about 180.
  CHECK(kept > 1750);
  CHECK(kept < 1900);
  for (const auto& [hash, seen] : before) CHECK(after.contains(hash) == (hash <= after.rbegin()->first));
}

TEST_CASE_METHOD(Crowd, "a file, a folder, a glob and everything are sampled each for itself", "[catalog_samples]") {
  for (const char* input : {"/t/p=3/f13", "/t/p=3", "/t/p=[3-5]", "/t/*/f2{0,1,7}*", "/t/*", "/"}) {
    CAPTURE(input);
    const std::map<uint64_t, Seen> listed = Listed(input);
    REQUIRE_FALSE(listed.empty());
    CHECK(Shown(Sample(input, 100'000)) == listed);
  }
  CHECK(Sample("/t/p=77", 10).state == InputState::kUnknown);
  CHECK(Sample("/t/*.none", 10).blocks.empty());
}

TEST_CASE_METHOD(Fixture, "two workers of one node are one place, one without a node is none", "[catalog_samples]") {
  const uint64_t a = Open("a", "one");
  const uint64_t b = Open("b", "one");
  const uint64_t c = Open("c", "");
  Put(1, "/t/f", 10);
  Cache(a, 1, 0, 3);
  Cache(b, 1, 2, 5);
  Cache(c, 1, 4, 10);
  const BlocksSample sample = Sample("/t/f", 100);
  CHECK(sample.nodes == std::vector<std::string>{"one"});
  CHECK(sample.cached_blocks == 5);
  REQUIRE(sample.blocks.size() == 5);
  for (const SketchedBlock& block : sample.blocks) CHECK(block.nodes == std::vector<uint32_t>{0});
}

TEST_CASE_METHOD(Fixture, "a lost worker is no place", "[catalog_samples]") {
  const uint64_t a = Open("a", "node-a");
  const uint64_t b = Open("b", "node-b");
  Put(1, "/t/f", 10);
  Cache(a, 1, 0, 5);
  Cache(b, 1, 0, 10);
  catalog->CloseStream(b);
  clock.Advance(9s);
  REQUIRE(catalog->Beat(a, {}, std::nullopt).ok());
  clock.Advance(2s);
  catalog->Tick();
  const BlocksSample sample = Sample("/t/f", 100);
  CHECK(sample.cached_blocks == 5);
  CHECK(sample.nodes == std::vector<std::string>{"node-a"});
}

TEST_CASE_METHOD(Fixture, "nodes without a block in the sample are not named", "[catalog_samples]") {
  const uint64_t a = Open("a", "node-a");
  const uint64_t b = Open("b", "node-b");
  Put(1, "/t/f", 2);
  // The hash of the first is the smaller one (block_sketch_test.cc).
  Cache(a, 1, 1, 2);
  Cache(b, 1, 0, 1);
  const BlocksSample sample = Sample("/t/f", 1);
  REQUIRE(sample.blocks.size() == 1);
  CHECK(sample.nodes == std::vector<std::string>{"node-b"});
  CHECK(sample.blocks[0].nodes == std::vector<uint32_t>{0});
  CHECK(sample.cached_blocks == 2);
}

TEST_CASE_METHOD(Fixture, "the lock is free between steps, and what changes meanwhile harms nothing",
                 "[catalog_samples]") {
  const uint64_t a = Open("a", "node-a");
  Put(1, "/t/f", 25'000);
  Put(2, "/t/g", 100);
  Cache(a, 1, 0, 25'000);
  Cache(a, 2, 0, 100);
  int pauses = 0;
  const auto change = [&] {
    if (++pauses == 2) {
      // Behind the walk, where it stands, and before it.
      Cache(a, 1, 0, 500, false);
      Cache(a, 1, 9'000, 12'000, false);
      Cache(a, 2, 0, 100, false);
      Open("b", "node-b");
      REQUIRE(catalog->Apply(streams[1], files, {}).ok());
      Cache(streams[1], 1, 24'000, 25'000);
    }
    return absl::OkStatus();
  };
  const BlocksSample sample = TrySample("/t", 100'000, change).value();
  CHECK(pauses == 3);
  // 25,100 before, 21,500 after: the 500 behind the walk are still in it, and those that it had passed already.
  CHECK(sample.cached_blocks >= 22'000);
  CHECK(sample.cached_blocks <= 23'000);
  CHECK(sample.blocks.size() == sample.cached_blocks);
  const auto on_both =
      std::count_if(sample.blocks.begin(), sample.blocks.end(), [](const auto& b) { return b.nodes.size() == 2; });
  CHECK(on_both == 1000);
}

TEST_CASE_METHOD(Fixture, "a caller who does not go on ends the sample", "[catalog_samples]") {
  const uint64_t a = Open("a", "node-a");
  Put(1, "/t/f", 25'000);
  Cache(a, 1, 0, 25'000);
  int asked = 0;
  const auto late = [&asked] { return ++asked < 3 ? absl::OkStatus() : absl::DeadlineExceededError("too late"); };
  CHECK(TrySample("/t", 10, late).status().code() == absl::StatusCode::kDeadlineExceeded);
  CHECK(asked == 3);
  asked = 0;
  const auto stops = [&] {
    if (++asked == 2) catalog->Stop();
    return absl::OkStatus();
  };
  CHECK(TrySample("/t", 10, stops).status().code() == absl::StatusCode::kUnavailable);
  CHECK(asked == 2);
}

TEST_CASE_METHOD(Fixture, "an input beyond the bound is refused by name and counted", "[catalog_samples]") {
  options.max_sample_steps = 20'000;
  Restart();
  const uint64_t a = Open("a", "node-a");
  Put(1, "/t/f", 25'000);
  Put(2, "/t/g", 100);
  Cache(a, 1, 0, 25'000);
  Cache(a, 2, 0, 100);
  const absl::Status status = TrySample("/t", 10).status();
  CHECK(status.code() == absl::StatusCode::kResourceExhausted);
  CHECK(MessageOf(status).find("20000") != std::string::npos);
  CHECK(catalog->Stats().limits[static_cast<size_t>(Limit::kSampleSteps)] == 1);
  CHECK(Sample("/t/g", 10).cached_blocks == 100);
}
