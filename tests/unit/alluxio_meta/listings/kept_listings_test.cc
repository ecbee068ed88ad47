#include "alluxio_meta/listings/kept_listings.h"

#include <catch2/catch.hpp>
#include <string>

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const PathListing> FolderOf(std::vector<std::string> files, std::vector<std::string> folders = {}) {
  auto listing = std::make_shared<PathListing>();
  listing->found = true;
  listing->listing = 5;
  for (std::string& path : files) listing->files.push_back({1, std::move(path), 10, 4, 0});
  listing->folders = std::move(folders);
  return listing;
}

const SteadyTime kThen{1h};
const ListingQuestion kFolder{"/d", ListingKind::kFolder};

}  // namespace

TEST_CASE("an answer is kept for as long as it is young", "[listings]") {
  KeptListings kept(1s);
  const auto listing = FolderOf({"/d/a"});
  kept.Keep(kFolder, kThen, listing);
  CHECK(kept.Find(kFolder, kThen + 999ms) == listing);
  CHECK(kept.Find({"/e", ListingKind::kFolder}, kThen) == nullptr);
  CHECK(kept.Find({"/d", ListingKind::kTree}, kThen) == nullptr);
  CHECK(kept.Find(kFolder, kThen + 1s) == nullptr);
}

TEST_CASE("with no ttl nothing is kept", "[listings]") {
  KeptListings kept(0s);
  kept.Keep(kFolder, kThen, FolderOf({}));
  CHECK(kept.Find(kFolder, kThen) == nullptr);
}

TEST_CASE("the younger answer to a question takes the place of the older one", "[listings]") {
  KeptListings kept(1s);
  kept.Keep(kFolder, kThen, FolderOf({"/d/a"}));
  const auto younger = FolderOf({"/d/b"});
  kept.Keep(kFolder, kThen + 900ms, younger);
  CHECK(kept.Find(kFolder, kThen + 1500ms) == younger);
}

TEST_CASE("a folder's answer tells what lies in it", "[listings]") {
  KeptListings kept(1s);
  kept.Keep(kFolder, kThen, FolderOf({"/d/a", "/d/c"}, {"/d/b"}));
  const auto file = kept.Find({"/d/c", ListingKind::kLook}, kThen);
  REQUIRE(file != nullptr);
  CHECK(file->is_file);
  REQUIRE(file->files.size() == 1);
  CHECK(file->files[0].path == "/d/c");
  CHECK(file->listing == 5);
  const auto folder = kept.Find({"/d/b", ListingKind::kLook}, kThen);
  REQUIRE(folder != nullptr);
  CHECK(folder->found);
  CHECK_FALSE(folder->is_file);
  const auto itself = kept.Find({"/d", ListingKind::kLook}, kThen);
  REQUIRE(itself != nullptr);
  CHECK(itself->found);
  CHECK(itself->files.empty());
  // An origin may show by name what it does not list.
  CHECK(kept.Find({"/d/x", ListingKind::kLook}, kThen) == nullptr);
  CHECK(kept.Find({"/d/b", ListingKind::kFolder}, kThen) == nullptr);
}

TEST_CASE("what fits no more is dropped, the oldest first", "[listings]") {
  KeptListings kept(1h);
  auto large = std::make_shared<PathListing>();
  large->files.resize(KeptListings::kMaxEntries / 2);
  for (int i = 0; i < 3; ++i) kept.Keep({"/" + std::to_string(i), ListingKind::kTree}, kThen + i * 1s, large);
  CHECK(kept.Find({"/0", ListingKind::kTree}, kThen + 3s) == nullptr);
  CHECK(kept.Find({"/2", ListingKind::kTree}, kThen + 3s) != nullptr);
  auto too_large = std::make_shared<PathListing>();
  too_large->files.resize(KeptListings::kMaxEntries + 1);
  kept.Keep({"/3", ListingKind::kTree}, kThen + 3s, too_large);
  CHECK(kept.Find({"/3", ListingKind::kTree}, kThen + 3s) == nullptr);
  CHECK(kept.Find({"/2", ListingKind::kTree}, kThen + 3s) != nullptr);
}
