#include "alluxio_meta/catalog/catalog.h"

#include <catch2/catch.hpp>

#include "common/status.h"
#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

// Remembers what it was asked.
class FakeWorkerLink final : public WorkerLink {
 public:
  void AskListing(uint64_t request, const std::string& path, uint32_t) override { asked.emplace_back(request, path); }
  void Cut() override { cut = true; }
  std::vector<std::pair<uint64_t, std::string>> asked;
  bool cut = false;
};

struct Fixture {
  Fixture() {
    options.workers = {10s, 60s, 100};
    options.run = 42;
    Restart();
  }
  void Restart() { catalog.emplace(options, MountTable(), clock); }
  uint64_t Open(const std::string& host) {
    link = std::make_shared<FakeWorkerLink>();
    return catalog->OpenStream({{host, "", 1}, "node-" + host, "", {}}, link).value();
  }
  InputPicture Ask(const std::string& input) {
    const Target target = catalog->Parse(input);
    return catalog->Ask(std::span(&target, 1), Duration(0)).second[0];
  }
  void Answer(uint64_t stream, std::vector<FileFact> files, bool not_found = false, const std::string& problem = "") {
    REQUIRE_FALSE(link->asked.empty());
    const uint64_t request = link->asked.back().first;
    CHECK(catalog->Listing(stream, {request, std::move(files), true, not_found, problem}).ok());
  }
  void Advance(Duration d) {
    clock.Advance(d);
    catalog->Tick();
  }
  absl::StatusCode Apply(uint64_t stream, std::span<const FileFact> files, std::span<const BlockChange> blocks) {
    return catalog->Apply(stream, files, blocks).code();
  }
  uint64_t Rejects(Reject reason) { return catalog->Stats().rejects[static_cast<size_t>(reason)]; }
  uint64_t Limits(Limit limit) { return catalog->Stats().limits[static_cast<size_t>(limit)]; }

  FakeClock clock;
  CatalogOptions options;
  std::optional<Catalog> catalog;
  std::shared_ptr<FakeWorkerLink> link;
};

constexpr absl::StatusCode kOk = absl::StatusCode::kOk;
const FileFact kFile = {1, "/t/f", 100, 10, 1};
const BlockChange kBlock = {1, 0, Tier::kMem, true};

}  // namespace

TEST_CASE_METHOD(Fixture, "a path with replicas is known only once it was listed", "[catalog]") {
  const uint64_t stream = Open("a");
  CHECK(Apply(stream, std::span(&kFile, 1), std::span(&kBlock, 1)) == kOk);
  CHECK(Ask("/t").state == InputState::kPending);
  REQUIRE(link->asked.size() == 1);
  CHECK(link->asked[0].second == "/t");
  Answer(stream, {kFile, {2, "/t/g", 50, 10, 1}});
  const InputPicture t = Ask("/t");
  CHECK(t.state == InputState::kKnown);
  CHECK(t.length == 150);
  CHECK(t.cached == 10);
  REQUIRE(t.holders.size() == 1);
  CHECK(t.holders[0].node == "node-a");
  CHECK(link->asked.size() == 1);
}

TEST_CASE_METHOD(Fixture, "without a worker an input is pending, and asked for when one comes", "[catalog]") {
  CHECK(Ask("/t").state == InputState::kPending);
  CHECK(Ask("/t").problem == "no worker is connected");
  const uint64_t stream = Open("a");
  CHECK(link->asked.size() == 1);
  Answer(stream, {}, true);
  CHECK(Ask("/t").state == InputState::kUnknown);
}

TEST_CASE_METHOD(Fixture, "a malformed input is invalid and asks nobody", "[catalog]") {
  Open("a");
  CHECK(Ask("s3a://b/x").state == InputState::kInvalid);
  CHECK(Ask("/a/[b").state == InputState::kInvalid);
  CHECK(link->asked.empty());
}

TEST_CASE_METHOD(Fixture, "a glob lists its literal folder and is unknown when nothing matches", "[catalog]") {
  const uint64_t stream = Open("a");
  CHECK(Ask("/t/*.csv").state == InputState::kPending);
  CHECK(link->asked.back().second == "/t");
  Answer(stream, {kFile, {2, "/t/g.csv", 50, 10, 1}});
  CHECK(Ask("/t/*.csv").length == 50);
  CHECK(Ask("/t/*.json").state == InputState::kUnknown);
  // It is looked for again after negative_ttl.
  Advance(5s);
  CHECK(link->asked.size() == 2);
}

TEST_CASE_METHOD(Fixture, "a glob beyond its bound says so", "[catalog]") {
  options.max_glob_matches = 1;
  Restart();
  const uint64_t stream = Open("a");
  Ask("/t/*");
  Answer(stream, {kFile, {2, "/t/g", 50, 10, 1}});
  CHECK(Ask("/t/*").problem.find("index.max_glob_matches") != std::string::npos);
  CHECK(Ask("/t/*").files == 1);
  CHECK(Limits(Limit::kGlobMatches) == 2);
}

TEST_CASE_METHOD(Fixture, "a failed listing leaves the input pending with the reason, a cut one is known with it",
                 "[catalog]") {
  options.index.max_files = 2;
  Restart();
  const uint64_t stream = Open("a");
  Ask("/t");
  Answer(stream, {}, false, "permission denied");
  CHECK(Ask("/t").state == InputState::kPending);
  CHECK(Ask("/t").problem.find("permission denied") != std::string::npos);
  Advance(1s);
  REQUIRE(link->asked.size() == 2);
  Answer(stream, {kFile, {2, "/t/g", 50, 10, 1}}, false, "cut");
  CHECK(Ask("/t").state == InputState::kKnown);
  CHECK(Ask("/t").files == 2);
  CHECK(Ask("/t").problem.find("cut after 2 files") != std::string::npos);
  CHECK(Limits(Limit::kListingCut) == 1);
}

TEST_CASE_METHOD(Fixture, "files that a listing should not hold are ignored and counted", "[catalog]") {
  const uint64_t stream = Open("a");
  Ask("/t");
  Answer(stream,
         {kFile, {2, "/elsewhere", 1, 1, 1}, {3, "/t//x", 1, 1, 1}, {4, "/t/../y", 1, 1, 1}, {5, "/t/z", 1, 0, 1}});
  CHECK(Ask("/t").files == 1);
  CHECK(Rejects(Reject::kListingOutside) == 1);
  CHECK(Rejects(Reject::kFileMalformed) == 3);
  CHECK(catalog->Listing(stream, {999, {}, true, false, ""}).ok());
  CHECK(Rejects(Reject::kListingLate) == 1);
}

TEST_CASE_METHOD(Fixture, "blocks of unknown files and beyond the end are ignored and counted", "[catalog]") {
  const uint64_t stream = Open("a");
  const BlockChange changes[] = {{9, 0, Tier::kMem, true}, {1, 10, Tier::kMem, true}, {1, 9, Tier::kMem, true}};
  CHECK(Apply(stream, std::span(&kFile, 1), changes) == absl::StatusCode::kAborted);
  CHECK(Rejects(Reject::kBlockUnknownFile) == 1);
  CHECK(Rejects(Reject::kBlockBeyondFile) == 1);
  CHECK(catalog->Stats().replicas == 1);
}

TEST_CASE_METHOD(Fixture, "a lost worker stops counting and counts again when heard", "[catalog]") {
  const uint64_t stream = Open("a");
  Ask("/t");
  Answer(stream, {kFile});
  CHECK(Apply(stream, std::span(&kFile, 1), std::span(&kBlock, 1)) == kOk);
  Advance(9999ms);
  CHECK(Ask("/t").cached == 10);
  Advance(100ms);
  CHECK(Ask("/t").cached == 0);
  CHECK(Ask("/t").holders.empty());
  CHECK(catalog->Workers()[0].worker.state() == WorkerState::kLost);
  CHECK(catalog->Beat(stream, {}, std::nullopt).ok());
  CHECK(Ask("/t").cached == 10);
  Advance(30s);
  Advance(31s);
  CHECK(link->cut);
  CHECK(catalog->Workers().empty());
  CHECK(catalog->Stats().replicas == 0);
  CHECK(catalog->Beat(stream, {}, std::nullopt).code() == absl::StatusCode::kAborted);
}

TEST_CASE_METHOD(Fixture, "a replaced stream is told so when it speaks, and cut when it does not", "[catalog]") {
  const uint64_t first = Open("a");
  const auto old_link = link;
  Open("a");
  CHECK(catalog->Beat(first, {}, std::nullopt).code() == absl::StatusCode::kAlreadyExists);
  Advance(5s);
  CHECK_FALSE(old_link->cut);
  Advance(5s);
  CHECK(old_link->cut);
}

TEST_CASE_METHOD(Fixture, "age is that of the oldest news that counts, and stale means that nobody speaks",
                 "[catalog]") {
  Advance(3s);
  CHECK(catalog->FreshnessNow().age == Duration(3s));
  CHECK_FALSE(catalog->FreshnessNow().stale);
  CHECK(catalog->FreshnessNow().run == 42);
  const uint64_t a = Open("a");
  clock.Advance(2s);
  const uint64_t b = Open("b");
  clock.Advance(1s);
  CHECK(catalog->FreshnessNow().age == Duration(3s));
  catalog->CloseStream(a);
  CHECK_FALSE(catalog->FreshnessNow().stale);
  CHECK(catalog->FreshnessNow().age == Duration(3s));
  catalog->CloseStream(b);
  CHECK(catalog->FreshnessNow().stale);
  Advance(20s);
  // All are lost: since anybody was heard.
  CHECK(catalog->FreshnessNow().age == Duration(21s));
  CHECK(catalog->FreshnessNow().stale);
}

TEST_CASE_METHOD(Fixture, "what nobody asks for and nobody caches is forgotten", "[catalog]") {
  const uint64_t stream = Open("a");
  Ask("/t");
  Answer(stream, {kFile, {2, "/t/g", 50, 10, 1}});
  CHECK(Apply(stream, std::span(&kFile, 1), std::span(&kBlock, 1)) == kOk);
  CHECK(catalog->Stats().files == 2);
  const auto wait = [&](Duration d) {
    for (Duration passed{0}; passed < d; passed += 5s) {
      clock.Advance(5s);
      REQUIRE(catalog->Beat(stream, {}, std::nullopt).ok());
      catalog->Tick();
    }
  };
  wait(61min);
  CHECK(catalog->Stats().known == 0);
  CHECK(catalog->Stats().files == 1);
  const BlockChange gone = {1, 0, Tier::kMem, false};
  CHECK(Apply(stream, {}, std::span(&gone, 1)) == kOk);
  wait(59min);
  CHECK(catalog->Stats().files == 1);
  wait(2min);
  CHECK(catalog->Stats().files == 0);
}

TEST_CASE_METHOD(Fixture, "a follower gets first pictures at once and later ones merged", "[catalog]") {
  const uint64_t stream = Open("a");
  Followed t = catalog->Follow(catalog->Parse("/t")), bad = catalog->Follow(catalog->Parse("nowhere"));
  Followed* const all[] = {&t, &bad};
  const auto changed = [&] { return catalog->Changed(all, 100ms, 1000); };
  CHECK(changed().pictures.size() == 2);
  CHECK(changed().pictures.empty());
  Answer(stream, {kFile});
  auto changes = changed();
  REQUIRE(changes.pictures.size() == 1);
  CHECK(changes.pictures[0].state == InputState::kKnown);
  CHECK(Apply(stream, {}, std::span(&kBlock, 1)) == kOk);
  changes = changed();
  CHECK(changes.pictures.empty());
  CHECK(changes.withheld);
  clock.Advance(100ms);
  changes = changed();
  REQUIRE(changes.pictures.size() == 1);
  CHECK(changes.pictures[0].cached == 10);
  CHECK_FALSE(changes.withheld);
  catalog->Unfollow(t);
}

TEST_CASE_METHOD(Fixture, "the table of paths has a bound, and room is taken when there is some", "[catalog]") {
  options.interest.max_paths = 1;
  options.interest.ttl = 10s;
  Restart();
  Open("a");
  Ask("/t");
  CHECK(Ask("/u").problem.find("as many paths as it may") != std::string::npos);
  CHECK(Limits(Limit::kPaths) == 1);
  Followed u = catalog->Follow(catalog->Parse("/u"));
  Followed* const all[] = {&u};
  CHECK(catalog->Changed(all, 0s, 10).pictures.size() == 1);
  CHECK(catalog->Changed(all, 0s, 10).pictures.empty());
  Advance(10s);
  CHECK(catalog->Changed(all, 0s, 10).pictures.size() == 1);
  CHECK(u.follow != 0);
}

TEST_CASE_METHOD(Fixture, "blocks are paged in path and block order", "[catalog]") {
  const uint64_t stream = Open("a");
  Ask("/t/*");
  Answer(stream,
         {{1, "/t/a-b", 25, 10, 1}, {2, "/t/a/x", 15, 10, 1}, {3, "/t/empty", 0, 10, 1}, {4, "/t/z", 5, 10, 1}});
  const BlockChange change = {1, 2, Tier::kHdd, true};
  CHECK(Apply(stream, {}, std::span(&change, 1)) == kOk);
  for (const char* input : {"/t", "/t/*"}) {
    for (const size_t page_size : {1, 2, 4, 100}) {
      std::vector<std::string> seen;
      BlockPosition from;
      for (bool more = true; more;) {
        const BlocksPage page = catalog->ListBlocks(catalog->Parse(input), from, page_size, Duration(0));
        CHECK(page.blocks.size() <= page_size);
        for (const BlockPicture& b : page.blocks) {
          seen.push_back(b.path + "#" + std::to_string(b.index) + "@" + std::to_string(b.offset) + "+" +
                         std::to_string(b.length) + (b.holders.empty() ? "" : " " + b.holders[0].node));
        }
        more = page.next.has_value();
        if (more) from = *page.next;
      }
      INFO(input << " by " << page_size);
      CHECK(seen == std::vector<std::string>{"/t/a/x#0@0+10", "/t/a/x#1@10+5", "/t/a-b#0@0+10", "/t/a-b#1@10+10",
                                             "/t/a-b#2@20+5 node-a", "/t/z#0@0+5"});
    }
  }
}

TEST_CASE_METHOD(Fixture, "the blocks of everything are listed from the root on", "[catalog]") {
  const uint64_t stream = Open("a");
  Ask("/");
  Answer(stream, {kFile});
  const BlocksPage first = catalog->ListBlocks(catalog->Parse("/"), {}, 6, Duration(0));
  CHECK(first.blocks.size() == 6);
  REQUIRE(first.next.has_value());
  CHECK(catalog->ListBlocks(catalog->Parse("/"), *first.next, 6, Duration(0)).blocks.size() == 4);
}

TEST_CASE_METHOD(Fixture, "a worker repeats its snapshot for a file that was forgotten, at most once a minute",
                 "[catalog]") {
  const uint64_t first = Open("a");
  CHECK(Apply(first, {}, std::span(&kBlock, 1)) == absl::StatusCode::kAborted);
  catalog->CloseStream(first);
  const uint64_t second = Open("a");
  CHECK(Apply(second, {}, std::span(&kBlock, 1)) == kOk);
  for (int i = 0; i < 12; ++i) {
    clock.Advance(5s);
    CHECK(catalog->Beat(second, {}, std::nullopt).ok());
  }
  // Its removal does no harm, and a file that was refused on this stream is no reason.
  const BlockChange removed = {1, 0, Tier::kMem, false}, of_refused = {7, 0, Tier::kMem, true};
  CHECK(Apply(second, {}, std::span(&removed, 1)) == kOk);
  const FileFact refused = {7, "relative", 1, 1, 1};
  CHECK(Apply(second, std::span(&refused, 1), std::span(&of_refused, 1)) == kOk);
  CHECK(Apply(second, {}, std::span(&kBlock, 1)) == absl::StatusCode::kAborted);
  CHECK(catalog->Stats().resyncs == 2);
}

TEST_CASE("workers whose clock differs are counted until it agrees or they say nothing more", "[catalog]") {
  Fixture f;
  const uint64_t ahead = f.Open("a");
  const uint64_t behind = f.Open("b");
  const uint64_t older = f.Open("c");
  const auto beat = [&](uint64_t stream, std::optional<Duration> offset) {
    const auto wall = offset ? std::optional<WallTime>(f.clock.WallNow() + *offset) : std::nullopt;
    CHECK(f.catalog->Beat(stream, {}, std::nullopt, std::nullopt, wall).ok());
    return f.catalog->Stats().clocks_off;
  };
  CHECK(beat(ahead, 300s) == 1);
  CHECK(beat(behind, -300s) == 2);
  // It does not tell of its clock.
  CHECK(beat(older, std::nullopt) == 2);
  CHECK(beat(ahead, 1s) == 1);
  f.catalog->CloseStream(behind);
  CHECK(f.catalog->Stats().clocks_off == 0);
}
