#include "cache_worker/report/lister.h"

#include <catch2/catch.hpp>

#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

struct Listing {
  // The pages of one answer.
  std::vector<ListingPage> Ask(const std::string& path, uint32_t limit) {
    lister.Submit({stream, 9, path, limit});
    std::vector<ListingPage> pages;
    while (pages.empty() || !pages.back().done) {
      auto batch = queue.Take(0, 20s);
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
  ReportQueue queue{10};
  uint64_t stream = queue.Begin();
  Lister lister{reads, queue};
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
