#include "alluxio_meta/alluxio/small_file.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <string>

#include "common/status.h"

using namespace locus::meta;

namespace {

std::string PathOf(const std::string& name) { return std::string(std::getenv("TEST_TMPDIR")) + "/" + name; }

}  // namespace

TEST_CASE("a file is read whole, up to its bound", "[alluxio]") {
  std::ofstream(PathOf("four"), std::ios::binary) << std::string("a\0b\n", 4);
  CHECK(ReadSmallFile(PathOf("four"), 4).value() == std::string("a\0b\n", 4));
  const absl::Status status = ReadSmallFile(PathOf("four"), 3).status();
  CHECK(locus::MessageOf(status).find("more than 3 bytes") != std::string::npos);
}

TEST_CASE("a file that cannot be read is named, with the reason", "[alluxio]") {
  const std::string missing = locus::MessageOf(ReadSmallFile(PathOf("none"), 10).status());
  CHECK(missing.find(PathOf("none")) != std::string::npos);
  CHECK(missing.find("No such file") != std::string::npos);
  CHECK_FALSE(ReadSmallFile(std::string(std::getenv("TEST_TMPDIR")), 10).ok());
}
