#include "locusctl/local_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>

using namespace locus::ctl;

namespace {

unsigned ModeOf(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("a private folder goes with all that is in it", "[locusctl]") {
  std::string path;
  {
    const absl::StatusOr<PrivateFolder> folder = PrivateFolder::Make(std::getenv("TEST_TMPDIR"));
    REQUIRE(folder.ok());
    path = folder->path();
    CHECK(ModeOf(path) == 0700);
    REQUIRE(WritePrivateFile(path + "/a", "x").ok());
    CHECK(ModeOf(path + "/a") == 0600);
  }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_FALSE(PrivateFolder::Make("/nowhere").ok());
}

TEST_CASE("a file is replaced as a whole and read as it was written", "[locusctl]") {
  const absl::StatusOr<PrivateFolder> folder = PrivateFolder::Make(std::getenv("TEST_TMPDIR"));
  const std::string path = folder->path() + "/a";
  REQUIRE(WritePrivateFile(path, std::string(200'000, 'x')).ok());
  REQUIRE(WritePrivateFile(path, "short").ok());
  CHECK(*ReadSmallFile(path) == "short");
  CHECK(absl::IsNotFound(ReadSmallFile(path + "b").status()));
  CHECK(absl::IsInvalidArgument(ReadSmallFile(folder->path()).status()));
  CHECK_FALSE(WritePrivateFile(folder->path() + "/no/a", "x").ok());
  REQUIRE(WritePrivateFile(path, std::string((4 << 20) + 1, 'x')).ok());
  CHECK(absl::IsInvalidArgument(ReadSmallFile(path).status()));
}

TEST_CASE("folders are made where there are none", "[locusctl]") {
  const absl::StatusOr<PrivateFolder> folder = PrivateFolder::Make(std::getenv("TEST_TMPDIR"));
  CHECK(MakeFolder(folder->path() + "/a/b").ok());
  CHECK(MakeFolder(folder->path() + "/a/b").ok());
  REQUIRE(WritePrivateFile(folder->path() + "/file", "x").ok());
  CHECK_FALSE(MakeFolder(folder->path() + "/file").ok());
}
