#include "alluxio_meta/catalog/interest_keeper.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/status.h"
#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::meta;

namespace {

std::string FileNamed(const std::string& name) {
  const std::string file = std::string(std::getenv("TEST_TMPDIR")) + "/" + name;
  std::filesystem::remove(file);
  return file;
}

void Write(const std::string& file, const std::string& text) { std::ofstream(file) << text; }

}  // namespace

TEST_CASE("interests come back as they were written", "[interest_keeper]") {
  const std::string file = FileNamed("written");
  REQUIRE(WriteInterests(file, {"/b", "/a with blanks", "/"}).ok());
  const auto read = ReadInterests(file, 10);
  REQUIRE(read.ok());
  CHECK(*read == std::vector<std::string>{"/", "/a with blanks", "/b"});
  CHECK(ReadInterests(file, 2)->size() == 2);
  CHECK_FALSE(std::filesystem::exists(file + ".new"));
}

TEST_CASE("a file of interests that is absent, cut or something else is told apart", "[interest_keeper]") {
  const std::string file = FileNamed("bad");
  CHECK(absl::IsNotFound(ReadInterests(file, 10).status()));
  for (const char* text : {"", "hello\n", "locus-interest 1\n/a\n", "locus-interest 1\n/a\nend 2\n",
                           "locus-interest 1\nrelative\nend 1\n"}) {
    INFO(text);
    Write(file, text);
    CHECK(absl::IsDataLoss(ReadInterests(file, 10).status()));
  }
}

TEST_CASE("a folder that is not there is told with the file's name", "[interest_keeper]") {
  const absl::Status status = WriteInterests(FileNamed("none") + "/x", {"/a"});
  CHECK_FALSE(status.ok());
  CHECK(MessageOf(status).find("none/x") != std::string::npos);
}

TEST_CASE("what one catalog was asked, the next one looks up", "[interest_keeper]") {
  const FakeClock clock;
  const std::string file = FileNamed("kept");
  {
    Catalog catalog(CatalogOptions(), MountTable(), clock);
    const InterestKeeper keeper(file, catalog);
    const Target target = catalog.Parse("/asked/*.csv");
    catalog.Ask(std::span(&target, 1), Duration(0));
  }
  Catalog catalog(CatalogOptions(), MountTable(), clock);
  const InterestKeeper keeper(file, catalog);
  CHECK(catalog.Interests() == std::vector<std::string>{"/asked"});
}
