// Where the blocks of listed files lie.
#include <catch2/catch.hpp>

#include "alluxio_meta/catalog/catalog.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/alluxio_meta/silent_link.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() {
    CatalogOptions options;
    options.workers = {10s, 60s, 100};
    catalog.emplace(options, MountTable(), clock);
  }
  uint64_t Open(const std::string& host) {
    const uint64_t stream =
        catalog->OpenStream({{host, "", 29999}, "", "", {}}, std::make_shared<SilentLink>()).value();
    REQUIRE(catalog->EndSnapshot(stream).ok());
    return stream;
  }
  void Cache(uint64_t stream, const FileFact& file, uint32_t block, Tier tier) {
    const BlockChange change = {file.id, block, tier, true};
    REQUIRE(catalog->Apply(stream, std::span(&file, 1), std::span(&change, 1)).ok());
  }
  // "block@host:tier" of each place.
  std::vector<std::string> Places(const FileFact& file) {
    const FilePlaces all = catalog->Locate(std::span(&file, 1), catalog->BeginListing());
    REQUIRE(all.files.size() == 1);
    std::vector<std::string> texts;
    for (const FilePlaces::Place& place : all.files[0]) {
      texts.push_back(std::to_string(place.block) + "@" + all.workers[place.worker].host + ":" +
                      std::to_string(static_cast<int>(place.tier)));
    }
    return texts;
  }

  FakeClock clock;
  std::optional<Catalog> catalog;
};

using Texts = std::vector<std::string>;
const FileFact kFile = {1, "/t/f", 100, 10, 5};

}  // namespace

TEST_CASE_METHOD(Fixture, "blocks of files that nobody asked for are located", "[catalog]") {
  const uint64_t a = Open("a");
  const uint64_t b = Open("b");
  Cache(a, kFile, 3, Tier::kSsd);
  Cache(b, kFile, 0, Tier::kMem);
  Cache(b, kFile, 3, Tier::kHdd);
  Cache(b, kFile, 3, Tier::kMem);
  CHECK(Places(kFile) == Texts{"0@b:0", "3@a:1", "3@b:0"});
  CHECK(Places({2, "/t/g", 100, 10, 5}).empty());
}

TEST_CASE_METHOD(Fixture, "a lost worker is no place", "[catalog]") {
  Cache(Open("a"), kFile, 0, Tier::kMem);
  clock.Advance(11s);
  catalog->Tick();
  CHECK(Places(kFile).empty());
}

TEST_CASE_METHOD(Fixture, "many files are located in one call, each in its own place", "[catalog]") {
  const uint64_t a = Open("a");
  std::vector<FileFact> files;
  for (uint64_t id = 1; id <= 1234; ++id) files.push_back({id, "/t/" + std::to_string(id), 10, 10, 1});
  Cache(a, files[0], 0, Tier::kMem);
  Cache(a, files[1233], 0, Tier::kMem);
  const FilePlaces all = catalog->Locate(files, catalog->BeginListing());
  REQUIRE(all.files.size() == 1234);
  size_t places = 0;
  for (const auto& file : all.files) places += file.size();
  CHECK(places == 2);
  CHECK(all.files[0].size() == 1);
  CHECK(all.files[1233].size() == 1);
}

TEST_CASE_METHOD(Fixture, "an older content that is listed now takes the place of the newer one", "[catalog]") {
  const uint64_t a = Open("a");
  Cache(a, kFile, 0, Tier::kMem);
  // As after a restore that keeps modification times.
  const FileFact restored = {2, kFile.path, 100, 10, 1};
  CHECK(Places(restored).empty());
  Cache(a, restored, 1, Tier::kMem);
  CHECK(Places(restored) == Texts{"1@a:0"});
  CHECK(Places(kFile).empty());
}

TEST_CASE_METHOD(Fixture, "a message for somebody else keeps a worker alive", "[catalog]") {
  const uint64_t a = Open("a");
  Cache(a, kFile, 0, Tier::kMem);
  clock.Advance(9s);
  CHECK(catalog->Hear(a).ok());
  clock.Advance(9s);
  catalog->Tick();
  CHECK(Places(kFile) == Texts{"0@a:0"});
  CHECK_FALSE(catalog->Hear(a + 1).ok());
}
