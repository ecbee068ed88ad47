#include "cache_worker/origin/small_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "common/status.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

using namespace locus;
using namespace locus::worker;

TEST_CASE("a small file is read as it is now", "[origin]") {
  TempFolder folder;
  folder.Write("f", "one");
  CHECK(ReadSmallFile(folder.path() + "/f").value() == "one");
  folder.Write("f", "two");
  CHECK(ReadSmallFile(folder.path() + "/f").value() == "two");
  folder.Write("f", std::string(kMaxSmallFileBytes, 'x'));
  CHECK(ReadSmallFile(folder.path() + "/f").value().size() == kMaxSmallFileBytes);
}

TEST_CASE("what is no small file is told with its name", "[origin]") {
  TempFolder folder;
  folder.Write("large", std::string(kMaxSmallFileBytes + 1, 'x'));
  for (const std::string& name : {folder.path() + "/none", folder.path() + "/large", folder.path()}) {
    const absl::Status status = ReadSmallFile(name).status();
    CHECK(absl::IsUnavailable(status));
    CHECK(MessageOf(status).find(name) != std::string::npos);
  }
}

TEST_CASE("a FIFO is not waited for", "[origin]") {
  TempFolder folder;
  REQUIRE(::mkfifo((folder.path() + "/fifo").c_str(), 0600) == 0);
  CHECK(ReadSmallFile(folder.path() + "/fifo").value().empty());
}
