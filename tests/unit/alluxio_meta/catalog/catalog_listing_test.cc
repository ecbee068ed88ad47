// What an Alluxio master's listings do to the catalog.
#include <catch2/catch.hpp>

#include "common/status.h"
#include "tests/unit/alluxio_meta/catalog/master_fixture.h"

using namespace locus;
using namespace locus::meta;

TEST_CASE_METHOD(MasterFixture, "a listing that a change of leader cut in two is thrown away", "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  Pass(2s, 1, {"a"});
  Answer(2, {});
  CHECK(On("a") == 10);
  CHECK(Ask().problem.find("failed") != std::string::npos);
}

TEST_CASE_METHOD(MasterFixture, "a listing that fails after some pages keeps what it told and removes nothing",
                 "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  Pass(2s, 1, {"a"});
  MasterPage page;
  page.term = 1;
  page.files.push_back(File({{0, "a", Tier::kMem}}, &page, {2, "/t/g", 100, 10, 1}));
  CHECK(catalog->Page(mirror->asked.back().first, page));
  Fail(absl::UnavailableError("page 7"));
  CHECK(Ask().files == 2);
  CHECK(Ask().state == InputState::kKnown);
  CHECK(Ask().problem.find("page 7") != std::string::npos);
}

TEST_CASE_METHOD(MasterFixture, "overwritten, renamed and deleted files follow the listing", "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  const auto list = [&](std::vector<std::pair<FileFact, std::vector<Copy>>> files) {
    Pass(2s, 1, {"a"});
    MasterPage page;
    page.term = 1;
    for (auto& [fact, copies] : files) page.files.push_back(File(copies, &page, fact));
    const uint64_t request = mirror->asked.back().first;
    CHECK(catalog->Page(request, page));
    catalog->Listed(request, absl::OkStatus(), 1ms);
  };
  // The same path with another content; modification times may lie.
  list({{{7, "/t/f", 50, 10, 0}, {{0, "a", Tier::kMem}, {1, "a", Tier::kMem}}}});
  CHECK(Ask().length == 50);
  CHECK(On("a") == 20);
  list({{{7, "/t/sub/new", 50, 10, 0}, {{0, "a", Tier::kMem}}}});
  CHECK(Ask().files == 1);
  CHECK(Ask().length == 50);
  CHECK(On("a") == 10);
  list({});
  CHECK(Ask().length == 0);
  CHECK(On("a") == 0);
}

TEST_CASE_METHOD(MasterFixture, "an empty listing says that it may mean nothing, and is asked again soon",
                 "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  MasterPage page;
  page.term = 1;
  CHECK(catalog->Page(mirror->asked.back().first, page));
  catalog->Listed(mirror->asked.back().first, absl::OkStatus(), 1ms);
  CHECK(Ask().state == InputState::kKnown);
  CHECK(Ask().files == 0);
  CHECK(Ask().problem.find("not loaded") != std::string::npos);
  Pass(5s, 1, {"a"});
  CHECK(mirror->asked.size() == 2);
}

TEST_CASE_METHOD(MasterFixture, "no permission is an unknown input with the master's reason", "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Fail(absl::PermissionDeniedError("user u may not read /t"));
  CHECK(Ask().state == InputState::kUnknown);
  CHECK(Ask().problem.find("user u may not read") != std::string::npos);
  Pass(5s, 1, {"a"});
  CHECK(mirror->asked.size() == 2);
  Answer(1, {{0, "a", Tier::kMem}});
  CHECK(Ask().state == InputState::kKnown);
  CHECK(Ask().problem.empty());
}

TEST_CASE_METHOD(MasterFixture, "a path that is not there is unknown, and its files are gone", "[catalog][master]") {
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  Pass(2s, 1, {"a"});
  Fail(absl::NotFoundError("/t"));
  CHECK(Ask().state == InputState::kUnknown);
  Pass(6s, 1, {"a"});
  Answer(1, {});
  CHECK(Ask().state == InputState::kKnown);
  CHECK(Ask().files == 1);
}

TEST_CASE_METHOD(MasterFixture,
                 "a URI of the under-store is pending until the mount table is told, then names its path",
                 "[catalog][master]") {
  Workers(1, {"a"});
  CHECK(Ask("s3a://bucket/x/f").state == InputState::kPending);
  Followed followed = catalog->Follow(catalog->Parse("s3a://bucket/x/f"));
  Followed* one = &followed;
  CHECK(catalog->Changed(std::span(&one, 1), 0s, 100).pictures[0].state == InputState::kPending);
  catalog->SetMounts({{"/", "file:///ufs"}, {"/t", "s3://bucket/x/"}});
  // Whoever follows it need not ask again.
  const auto changed = catalog->Changed(std::span(&one, 1), 0s, 100);
  REQUIRE(changed.pictures.size() == 1);
  CHECK(changed.pictures[0].state == InputState::kPending);
  catalog->Tick();
  CHECK(mirror->asked.back().second == "/t/f");
  CHECK(Ask("s3a://other/x").state == InputState::kInvalid);
  REQUIRE(catalog->Mounts().size() == 2);
  CHECK(catalog->Mounts()[1].by_master);
  catalog->Unfollow(followed);
}

TEST_CASE_METHOD(MasterFixture, "paths that were of interest before are looked up before anybody asks",
                 "[catalog][master]") {
  const std::vector<std::string> paths = {"/t", "/not/*", "relative"};
  catalog->Restore(paths);
  Workers(1, {"a"});
  REQUIRE(mirror->asked.size() == 1);
  CHECK(mirror->asked[0].second == "/t");
  CHECK(catalog->Interests() == std::vector<std::string>{"/t"});
}

TEST_CASE_METHOD(MasterFixture, "files are forgotten with the interest in them, reported blocks are kept",
                 "[catalog][master]") {
  options.interest.ttl = 60s;
  Restart();
  Workers(1, {"a"});
  Agent("a", {kBlock0});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  CHECK(catalog->Stats().files == 1);
  CHECK(catalog->Stats().unasked_blocks == 0);
  for (int i = 0; i < 62; ++i) {
    Pass(1s, 1, {"a"});
    CHECK(catalog->Beat(1, {}, std::nullopt).ok());
    if (!mirror->asked.empty() && catalog->Stats().listings_under_way > 0) Answer(1, {{0, "a", Tier::kMem}});
  }
  CHECK(catalog->Stats().files == 0);
  CHECK(catalog->Stats().unasked_blocks == 1);
  Ask();
  Answer(1, {});
  CHECK(On("a") == 10);
}

TEST_CASE_METHOD(MasterFixture, "a path that expires in the middle of its listing leaves no files behind",
                 "[catalog][master]") {
  options.interest.ttl = 60s;
  options.interest.listing_silence = 30min;
  Restart();
  Workers(1, {"a"});
  Ask();
  const auto request = mirror->asked.back().first;
  Pass(62s, 1, {"a"});
  REQUIRE(catalog->Interests().empty());
  MasterPage page;
  page.term = 1;
  page.files.push_back(File({{0, "a", Tier::kMem}}, &page));
  CHECK_FALSE(catalog->Page(request, page));
  catalog->Listed(request, absl::UnavailableError("ended"), 1ms);
  CHECK(catalog->Stats().files == 0);
  CHECK(catalog->Stats().listings_under_way == 0);
}

TEST_CASE_METHOD(MasterFixture, "a worker that registers during a listing is looked up right after it",
                 "[catalog][master]") {
  // Quiet paths are listed every 30 s.
  options.interest.fast = 0s;
  Restart();
  Workers(1, {"a"});
  Ask();
  Answer(1, {{0, "a", Tier::kMem}});
  Pass(30s, 1, {"a"});
  REQUIRE(catalog->Stats().listings_under_way == 1);
  Pass(1s, 1, {"a", "b"});
  const size_t asked = mirror->asked.size();
  Answer(1, {{0, "a", Tier::kMem}, {1, "b", Tier::kMem}});
  CHECK(On("b") == 0);
  Pass(1s, 1, {"a", "b"});
  REQUIRE(mirror->asked.size() == asked + 1);
  Answer(1, {{0, "a", Tier::kMem}, {1, "b", Tier::kMem}});
  CHECK(On("b") == 10);
}

TEST_CASE_METHOD(MasterFixture, "a file that finds no room in a full index is no news at each listing",
                 "[catalog][master]") {
  options.index.max_files = 1;
  options.interest.fast_for = 10s;
  Restart();
  Workers(1, {"a"});
  Ask();
  const auto answer = [&] {
    MasterPage page;
    page.term = 1;
    page.files.push_back(File({{0, "a", Tier::kMem}}, &page));
    page.files.push_back(File({}, &page, {2, "/t/g", 100, 10, 1}));
    const uint64_t request = mirror->asked.back().first;
    catalog->Page(request, page);
    catalog->Listed(request, absl::OkStatus(), 1ms);
  };
  answer();
  for (int i = 0; i < 120; ++i) {
    Pass(1s, 1, {"a"});
    if (catalog->Stats().listings_under_way > 0) answer();
  }
  const size_t asked = mirror->asked.size();
  for (int i = 0; i < 60; ++i) {
    Pass(1s, 1, {"a"});
    if (catalog->Stats().listings_under_way > 0) answer();
  }
  // Every index.listing_refresh, 30 s, and not every second.
  CHECK(mirror->asked.size() - asked <= 2);
}

TEST_CASE_METHOD(MasterFixture, "when a lost worker is heard again its blocks are looked up at once",
                 "[catalog][master]") {
  options.interest.fast = options.interest.refresh = 1h;
  Restart();
  Workers(1, {"a", "b"});
  Ask();
  Answer(1, {{0, "b", Tier::kMem}});
  // The worker dies; the master goes on naming it, with the same start time.
  MasterWorkers said;
  said.term = 1;
  for (const char* host : {"a", "b"}) {
    MasterWorker worker;
    worker.address = Address(host);
    worker.start_ms = 1;
    said.workers.push_back(worker);
  }
  said.workers[1].silence = 20s;
  for (int s = 0; s < 12; ++s) {
    clock.Advance(1s);
    catalog->MasterWorkersSaid(said);
  }
  CHECK(On("b") == 0);
  const size_t asked = mirror->asked.size();
  Workers(1, {"a", "b"});
  REQUIRE(mirror->asked.size() == asked + 1);
  Answer(1, {{0, "b", Tier::kMem}, {1, "b", Tier::kMem}});
  CHECK(On("b") == 20);
}
