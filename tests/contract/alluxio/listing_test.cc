// Listings: order, completeness, paging, and that they load nothing.
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <set>

#include "tests/contract/alluxio/judged_master.h"
#include "tests/support/alluxio/path_order.h"

namespace locus::alluxio_contract {
namespace {

using Paths = std::vector<std::string>;
using fake_alluxio::PathLess;

constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;

Paths PathsOf(const file::ListStatusPartialResponse& page) {
  return Judged::PathsOf({page.file_infos().begin(), page.file_infos().end()});
}

file::ListStatusPartialOptions After(const std::string& path, int batch = 0) {
  file::ListStatusPartialOptions options;
  if (batch > 0) options.set_batch_size(batch);
  options.set_start_after(path);
  return options;
}

enum class By { kStartAfter, kOffsetId, kOffsetCount };

// Pages through the folder; checks what each page says of itself.
Paths Paged(Judged& master, bool recursive, int batch, By by) {
  Paths all;
  file::ListStatusPartialOptions options;
  options.set_batch_size(batch);
  for (bool more = true; more;) {
    const auto page = master.connection().Partial(master.id(), master.world().folder, recursive, options);
    REQUIRE(page.ok());
    REQUIRE(page.body.file_infos_size() <= batch);
    const Paths paths = PathsOf(page.body);
    all.insert(all.end(), paths.begin(), paths.end());
    more = page.body.is_truncated();
    if (!more) break;
    REQUIRE(page.body.file_infos_size() == batch);
    if (by == By::kStartAfter) options.set_start_after(paths.back());
    if (by == By::kOffsetId) options.set_offset_id(page.body.file_infos().rbegin()->file_id());
    if (by == By::kOffsetCount) options.set_offset_count(static_cast<int>(all.size()));
  }
  return all;
}

TEST_CASE("a recursive listing names all below the folder, parents first and children by name") {
  Judged master;
  const auto listing = master.connection().List(master.id(), master.world().folder, true);
  REQUIRE(listing.ok());
  CHECK(Judged::PathsOf(listing.body.entries) == master.world().Paths());
  const std::vector<int>& messages = listing.body.messages;
  CHECK(std::accumulate(messages.begin(), messages.end(), 0) == static_cast<int>(listing.body.entries.size()));
}

TEST_CASE("a plain listing names the children") {
  Judged master;
  const Paths children = DescribedWorld::ChildrenOf(master.world().folder, master.world().Paths());
  const auto listing = master.connection().List(master.id(), master.world().folder, false);
  REQUIRE(listing.ok());
  CHECK(Judged::PathsOf(listing.body.entries) == children);
  const auto partial = master.connection().Partial(master.id(), master.world().folder, false, {});
  REQUIRE(partial.ok());
  CHECK(PathsOf(partial.body) == children);
  CHECK(partial.body.file_count() == static_cast<int64_t>(children.size()));
}

TEST_CASE("a listing of a file yields the file") {
  Judged master;
  const std::string path = master.world().files.back().path;
  const auto listing = master.connection().List(master.id(), path, true);
  REQUIRE(listing.ok());
  CHECK(Judged::PathsOf(listing.body.entries) == Paths{path});
  // Also behind itself: whoever pages must not go on after a page that is not truncated.
  for (const auto& options : {file::ListStatusPartialOptions(), After(path, 5)}) {
    const auto partial = master.connection().Partial(master.id(), path, true, options);
    REQUIRE(partial.ok());
    CHECK(PathsOf(partial.body) == Paths{path});
    CHECK_FALSE(partial.body.is_truncated());
  }
}

TEST_CASE("pages of any size give the whole listing once") {
  Judged master;
  const Paths all = master.world().Paths();
  const int size = static_cast<int>(all.size());
  for (const int batch : {1, 2, 3, 7, size - 1, size, size + 1, 1000}) {
    CAPTURE(batch);
    CHECK(Paged(master, true, batch, By::kStartAfter) == all);
    CHECK(Paged(master, true, batch, By::kOffsetId) == all);
    CHECK(Paged(master, true, batch, By::kOffsetCount) == all);
  }
}

TEST_CASE("pages of a plain listing give all children once") {
  Judged master;
  const Paths children = DescribedWorld::ChildrenOf(master.world().folder, master.world().Paths());
  for (const int batch : {1, 2, 3, static_cast<int>(children.size())}) {
    CAPTURE(batch);
    CHECK(Paged(master, false, batch, By::kStartAfter) == children);
    CHECK(Paged(master, false, batch, By::kOffsetId) == children);
  }
}

TEST_CASE("a page says whether more follow, and its folder's children unless it is recursive") {
  Judged master;
  const int size = static_cast<int>(master.world().Paths().size());
  for (const int batch : {size - 1, size, size + 1}) {
    CAPTURE(batch);
    file::ListStatusPartialOptions options;
    options.set_batch_size(batch);
    const auto page = master.connection().Partial(master.id(), master.world().folder, true, options);
    REQUIRE(page.ok());
    CHECK(page.body.is_truncated() == (batch < size));
    CHECK(page.body.file_count() == -1);
  }
}

TEST_CASE("start_after may be relative, and may name what is not there beside what is") {
  Judged master;
  const std::string& folder = master.world().folder;
  const Paths all = master.world().Paths();
  for (const std::string& path : all) {
    CAPTURE(path);
    const Paths rest(std::upper_bound(all.begin(), all.end(), path, PathLess()), all.end());
    const auto relative = master.connection().Partial(master.id(), folder, true, After(path.substr(folder.size() + 1)));
    REQUIRE(relative.ok());
    CHECK(PathsOf(relative.body) == rest);
    // A name just behind it, in the same folder; what is below it comes before that.
    const std::string beside = path + "!";
    const Paths behind(std::upper_bound(all.begin(), all.end(), beside, PathLess()), all.end());
    const auto page = master.connection().Partial(master.id(), folder, true, After(beside));
    REQUIRE(page.ok());
    CHECK(PathsOf(page.body) == behind);
  }
}

// A trap for whoever pages while folders are removed: only the last name of start_after may be missing.
TEST_CASE("a start_after below a folder that is not there makes the master pass over the entry in its place") {
  Judged master;
  const std::string& folder = master.world().folder;
  const Paths children = DescribedWorld::ChildrenOf(folder, master.world().Paths());
  const Paths all = master.world().Paths();
  // Sorts before every name: the first child takes its place.
  const auto page = master.connection().Partial(master.id(), folder, true, After(folder + "/!/~~~~"));
  REQUIRE(page.ok());
  Paths expected;
  for (const std::string& path : all) {
    const bool passed_over = path == children.front() || fake_alluxio::IsBelow(path, children.front());
    if (!passed_over) expected.push_back(path);
  }
  CHECK(PathsOf(page.body) == expected);
  // Cut at the first name that is missing it is complete.
  const auto cut = master.connection().Partial(master.id(), folder, true, After(folder + "/!"));
  REQUIRE(cut.ok());
  CHECK(PathsOf(cut.body) == all);
}

TEST_CASE("start_after outside the folder is refused, its own path or a parent's is the start") {
  Judged master;
  const std::string& folder = master.world().folder;
  const auto outside = master.connection().Partial(master.id(), folder, true, After("/zzz"));
  CHECK(outside.status.error_code() == kInvalid);
  for (const std::string& path : {folder, folder + "/", fake_alluxio::ParentOf(folder)}) {
    CAPTURE(path);
    const auto page = master.connection().Partial(master.id(), folder, true, After(path));
    REQUIRE(page.ok());
    CHECK(PathsOf(page.body) == master.world().Paths());
  }
}

TEST_CASE("an offset id that is not there is NOT_FOUND") {
  Judged master;
  file::ListStatusPartialOptions options;
  options.set_offset_id(int64_t{1} << 60);
  const auto page = master.connection().Partial(master.id(), master.world().folder, true, options);
  CHECK(page.status.error_code() == grpc::StatusCode::NOT_FOUND);
}

TEST_CASE("a prefix keeps the paths that begin with it, and must begin with a slash") {
  Judged master;
  const std::string& folder = master.world().folder;
  const Paths all = master.world().Paths();
  for (const std::string& path : all) {
    const std::string prefix = path.substr(folder.size());
    CAPTURE(prefix);
    Paths expected;
    std::copy_if(all.begin(), all.end(), std::back_inserter(expected),
                 [&path](const std::string& other) { return other.compare(0, path.size(), path) == 0; });
    file::ListStatusPartialOptions options;
    options.set_prefix(prefix);
    const auto page = master.connection().Partial(master.id(), folder, true, options);
    REQUIRE(page.ok());
    CHECK(PathsOf(page.body) == expected);
  }
  file::ListStatusPartialOptions options;
  options.set_prefix("a");
  CHECK(master.connection().Partial(master.id(), folder, true, options).status.error_code() == kInvalid);
}

TEST_CASE("with NEVER a folder that was not loaded is OK and empty, and stays so") {
  Judged master;
  Connection& c = master.connection();
  const std::string& folder = master.world().unloaded_folder;
  for (int round = 0; round < 2; ++round) {
    const auto listing = c.List(master.id(), folder, true);
    REQUIRE(listing.ok());
    CHECK(listing.body.entries.empty());
    const auto page = c.Partial(master.id(), folder, true, {});
    REQUIRE(page.ok());
    CHECK(page.body.file_infos_size() == 0);
    CHECK_FALSE(page.body.is_truncated());
    const auto status = c.Status(master.id(), folder);
    REQUIRE(status.ok());
    CHECK(status.body.folder());
    CHECK(status.body.length() == 0);
  }
}

TEST_CASE("with NEVER and ttl -1 nothing is made and nothing gets a ttl") {
  Judged master;
  Connection& c = master.connection();
  const std::string& missing = master.world().missing;
  REQUIRE_FALSE(c.Status(master.id(), missing).ok());
  REQUIRE_FALSE(c.List(master.id(), missing, true).ok());
  CHECK(c.Status(master.id(), missing).status.error_code() == grpc::StatusCode::NOT_FOUND);
  const auto listing = c.List(master.id(), master.world().folder, true);
  REQUIRE(listing.ok());
  for (const file::FileInfo& entry : listing.body.entries) {
    CAPTURE(entry.path());
    CHECK(entry.ttl() == -1);
    CHECK(entry.ttl_action() == file::TTL_FREE);
  }
  CHECK(c.Status(master.id(), master.world().unloaded_folder).body.ttl() == -1);
}

}  // namespace
}  // namespace locus::alluxio_contract
