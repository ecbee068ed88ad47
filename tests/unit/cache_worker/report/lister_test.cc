#include "cache_worker/report/lister.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

struct Listing {
  ~Listing() { queue->End(); }
  // The pages of one answer.
  std::vector<ListingPage> Ask(const std::string& path, uint32_t limit, bool shallow = false) {
    lister.Submit({stream, queue, 9, path, limit, shallow});
    std::vector<ListingPage> pages;
    while (pages.empty() || !pages.back().done) {
      auto batch = queue->Take(0, 20s);
      if (batch.pages.empty()) break;
      for (ListingPage& page : batch.pages) pages.push_back(std::move(page));
    }
    REQUIRE_FALSE(pages.empty());
    REQUIRE(pages.back().done);
    return pages;
  }

  FakeFileSystem disk;
  FakeOrigin origin;
  locus::FakeClock clock;
  std::unique_ptr<BlockStore> store = OpenStore(disk, OneTier(1 << 20));
  ReadThrough reads{origin, *store, 4, clock, [](locus::Duration) {}};
  const std::shared_ptr<ReportQueue> queue = std::make_shared<ReportQueue>(10);
  uint64_t stream = queue->Begin();
  Lister lister{reads};
};

size_t Files(const std::vector<ListingPage>& pages) {
  size_t files = 0;
  for (const ListingPage& page : pages) files += page.files.size();
  return files;
}

}  // namespace

TEST_CASE("a folder is told in pages of a thousand files, in path order", "[report]") {
  Listing l;
  for (int i = 0; i < 2500; ++i) l.origin.Put("/d/" + std::to_string(10000 + i), std::string(5, 'x'));
  const auto pages = l.Ask("/d", 10'000);
  REQUIRE(pages.size() == 3);
  CHECK(pages[0].files.size() == 1000);
  CHECK(pages[2].files.size() == 500);
  CHECK_FALSE(pages[1].done);
  CHECK(pages[0].request == 9);
  CHECK(pages[0].files[0].path == "/d/10000");
  CHECK(pages[2].files[499].path == "/d/12499");
  CHECK(pages[0].files[0].length == 5);
  CHECK(pages[0].files[0].block_bytes == kTestBlock);
  CHECK(pages[0].files[0].file_id == FileIdOf(l.origin.Stat("/d/10000").value()));
  CHECK(pages.back().problem.empty());
}

TEST_CASE("a listing ends at its limit, and says so only when more was there", "[report]") {
  Listing l;
  for (int i = 0; i < 10; ++i) l.origin.Put("/d/" + std::to_string(i), "x");
  const auto cut = l.Ask("/d", 9);
  CHECK(Files(cut) == 9);
  CHECK(cut.back().problem == "cut at the limit of 9 files");
  const auto whole = l.Ask("/d", 10);
  CHECK(Files(whole) == 10);
  CHECK(whole.back().problem.empty());
}

TEST_CASE("a path that does not exist is not found, one that is wrong has a problem", "[report]") {
  Listing l;
  const auto none = l.Ask("/none", 10);
  CHECK(none.back().not_found);
  CHECK(none.back().problem.empty());
  const auto wrong = l.Ask("/a//b", 10);
  CHECK_FALSE(wrong.back().not_found);
  CHECK(wrong.back().problem.find("canonical") != std::string::npos);
  l.origin.Fail(locus::Unavailable("out of reach"));
  const auto away = l.Ask("/d", 10);
  CHECK_FALSE(away.back().not_found);
  CHECK(away.back().problem == "out of reach");
}

TEST_CASE("a single file lists itself", "[report]") {
  Listing l;
  l.origin.Put("/f", "abc");
  const auto pages = l.Ask("/f", 0);
  REQUIRE(Files(pages) == 1);
  CHECK(pages[0].files[0].path == "/f");
}

TEST_CASE("a file that is listed with another content loses its old blocks", "[report]") {
  Listing l;
  l.origin.Put("/f", PatternBytes(kTestBlock, 1));
  const auto file = std::make_shared<const FileFacts>(l.reads.Resolve("/f").value());
  REQUIRE(l.reads.Ensure(file, 0, {}, [] { return false; }).ok());
  l.origin.Put("/f", PatternBytes(kTestBlock, 2));
  l.Ask("/", 10);
  CHECK(l.store->Stats().blocks == 0);
}

TEST_CASE("a shallow listing names what lies directly in the folder", "[report]") {
  Listing l;
  for (const char* path : {"/d/a", "/d/x/1", "/d/x/2", "/d/y/z/3", "/e"}) l.origin.Put(path, "abc");
  const auto pages = l.Ask("/d", 0, true);
  REQUIRE(pages.size() == 1);
  REQUIRE(pages[0].files.size() == 1);
  CHECK(pages[0].files[0].path == "/d/a");
  CHECK(pages[0].files[0].length == 3);
  // A folder may stand there more than once.
  CHECK(std::set<std::string>(pages[0].folders.begin(), pages[0].folders.end()) ==
        std::set<std::string>{"/d/x", "/d/y"});
  const auto file = l.Ask("/d/a", 0, true);
  REQUIRE(Files(file) == 1);
  CHECK(file[0].files[0].path == "/d/a");
  CHECK(l.Ask("/none", 0, true).back().not_found);
}

TEST_CASE("files and folders count alike towards a shallow listing's limit and pages", "[report]") {
  Listing l;
  for (int i = 0; i < 800; ++i) {
    l.origin.Put("/d/f" + std::to_string(i), "x");
    l.origin.Put("/d/g" + std::to_string(i) + "/x", "x");
  }
  const auto pages = l.Ask("/d", 0, true);
  REQUIRE(pages.size() == 2);
  CHECK(pages[0].files.size() + pages[0].folders.size() == 1000);
  CHECK(pages[1].files.size() + pages[1].folders.size() == 600);
  const auto one = l.Ask("/d", 1, true);
  CHECK(one.back().files.size() + one.back().folders.size() == 1);
  CHECK(one.back().problem == "cut at the limit of 1 files");
}

TEST_CASE("a shallow question waits behind no deep one", "[report]") {
  Listing l;
  for (int i = 0; i < 20'000; ++i) l.origin.Put("/d/" + std::to_string(i), "");
  l.origin.Put("/e/x", "");
  // More of them than threads, and more pages than the queue takes at once.
  for (uint64_t request = 1; request <= 3; ++request) l.lister.Submit({l.stream, l.queue, request, "/d", 0});
  l.lister.Submit({l.stream, l.queue, 9, "/e", 0, true});
  std::vector<uint64_t> ended;
  while (ended.size() < 4) {
    const auto batch = l.queue->Take(0, 20s);
    REQUIRE_FALSE(batch.pages.empty());
    for (const ListingPage& page : batch.pages) {
      if (page.done) ended.push_back(page.request);
    }
  }
  // Before the one that two others kept waiting.
  CHECK(std::find(ended.begin(), ended.end(), 9) < std::find(ended.begin(), ended.end(), 3));
}
