#include "cache_worker/origin/path.h"

#include <catch2/catch.hpp>
#include <string>

using namespace locus::worker;

TEST_CASE("canonical paths are accepted", "[origin]") {
  for (const char* path : {"/", "/a", "/a/b.c", "/..a/...", "/ with space/ü/\n", "/a*b"}) {
    INFO(path);
    CHECK(CheckPath(path).ok());
  }
  CHECK(CheckPath("/" + std::string(4095, 'x')).ok());
}

TEST_CASE("all other paths are refused", "[origin]") {
  for (const char* path : {"", "a", "//", "/a/", "/a//b", "/.", "/..", "/a/./b", "/a/../b", "/a/..", "./a", "/\xC0\xAF",
                           "/\xED\xA0\x80"}) {
    INFO(path);
    CHECK(absl::IsInvalidArgument(CheckPath(path)));
  }
  CHECK(absl::IsInvalidArgument(CheckPath("/" + std::string(4096, 'x'))));
  CHECK(absl::IsInvalidArgument(CheckPath(std::string_view("/a\0b", 4))));
}

TEST_CASE("a path lies below its folders and not below their namesakes", "[origin]") {
  CHECK(IsAtOrBelow("/a/b", "/a"));
  CHECK(IsAtOrBelow("/a", "/a"));
  CHECK(IsAtOrBelow("/a", "/"));
  CHECK_FALSE(IsAtOrBelow("/ab", "/a"));
  CHECK_FALSE(IsAtOrBelow("/a", "/a/b"));
}

TEST_CASE("a path is taken apart at a folder and put together again", "[origin]") {
  CHECK(BelowFolder("/a/b/c", "/a") == "b/c");
  CHECK(BelowFolder("/a/b", "/") == "a/b");
  CHECK(BelowFolder("/a", "/a").empty());
  CHECK(BelowFolder("/", "/").empty());
  CHECK(JoinPath("/", "a/b") == "/a/b");
  CHECK(JoinPath("/a", "b") == "/a/b");
}
