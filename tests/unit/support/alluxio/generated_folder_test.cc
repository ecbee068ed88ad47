#include "tests/support/alluxio/generated_folder.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/alluxio/path_order.h"

namespace locus::fake_alluxio {
namespace {

GeneratedFolder Small() {
  return GeneratedFolder({.folder = "/g", .files = 1000, .blocks_per_file = 10, .workers = 7});
}

TEST_CASE("a generated file's path leads back to its number, other paths to none") {
  const GeneratedFolder folder = Small();
  CHECK(folder.PathOf(0) == "/g/part-0000000");
  CHECK(folder.PathOf(999) == "/g/part-0000999");
  CHECK(folder.FileOf("/g/part-0000999") == 999);
  for (const char* path :
       {"/g/part-0001000", "/g/part-00000-1", "/g/part-999", "/h/part-0000001", "/g", "/g/part-000000x"}) {
    CAPTURE(path);
    CHECK(folder.FileOf(path) == -1);
  }
}

TEST_CASE("the first generated file behind a path is found by order") {
  const GeneratedFolder folder = Small();
  CHECK(folder.FirstBehind("/g") == 0);
  CHECK(folder.FirstBehind("/g/a") == 0);
  CHECK(folder.FirstBehind("/g/part-0000000") == 1);
  CHECK(folder.FirstBehind("/g/part-0000041x") == 42);
  CHECK(folder.FirstBehind("/g/part-0000999") == 1000);
  CHECK(folder.FirstBehind("/g/z") == 1000);
}

TEST_CASE("generated copies are spread evenly over workers, with every fourth on SSD") {
  const GeneratedFolder folder = Small();
  int64_t sum = 0;
  int64_t ssd = 0;
  const double fair = 10000.0 / 7;
  for (const GeneratedFolder::Bytes& bytes : folder.Totals()) {
    const int64_t blocks = (bytes.mem + bytes.ssd) >> 20;
    sum += blocks;
    ssd += bytes.ssd >> 20;
    CHECK(static_cast<double>(blocks) == Approx(fair).epsilon(0.15));
  }
  CHECK(sum == 10000);
  CHECK(static_cast<double>(ssd) == Approx(2500).epsilon(0.1));
}

TEST_CASE("path order puts a subtree in one stretch") {
  std::vector<std::string> paths = {"/a/b", "/a-b", "/a", "/b", "/a/b/c", "/a!", "/A"};
  std::sort(paths.begin(), paths.end(), PathLess());
  CHECK(paths == std::vector<std::string>{"/A", "/a", "/a/b", "/a/b/c", "/a!", "/a-b", "/b"});
  CHECK(IsBelow("/a/b", "/a"));
  CHECK(IsBelow("/a", "/"));
  CHECK_FALSE(IsBelow("/a-b", "/a"));
  CHECK_FALSE(IsBelow("/a", "/a"));
  CHECK_FALSE(IsBelow("/", "/"));
}

}  // namespace
}  // namespace locus::fake_alluxio
