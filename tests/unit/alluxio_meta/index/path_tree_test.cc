#include "alluxio_meta/index/path_tree.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace locus::meta;

TEST_CASE("folders come with their first file and go with their last", "[index]") {
  FollowTable follows;
  PathTree tree(follows);
  File* one = tree.AddFile("/a/b/one");
  File* two = tree.AddFile("/a/two");
  CHECK(PathOf(*one) == "/a/b/one");
  CHECK(tree.Find("/a/b") != nullptr);
  CHECK(tree.Find("/a/b/one/x") == nullptr);
  CHECK(tree.FindNearest("/a/b/one/x") == one);
  tree.Remove(one);
  CHECK(tree.Find("/a/b") == nullptr);
  CHECK(tree.Find("/a/two") == two);
  tree.Remove(two);
  CHECK(tree.Find("/a") == nullptr);
  CHECK(tree.Find("/") == tree.root());
}

TEST_CASE("files are visited in path order from any start", "[index]") {
  FollowTable follows;
  PathTree tree(follows);
  std::vector<std::string> paths = {"/a-b/x", "/a/x", "/a/y/z", "/a/y!", "/b", "/a/y/a"};
  for (const std::string& path : paths) tree.AddFile(path);
  std::sort(paths.begin(), paths.end(), [](const auto& x, const auto& y) { return ComparePaths(x, y) < 0; });
  CHECK(paths == std::vector<std::string>{"/a/x", "/a/y/a", "/a/y/z", "/a/y!", "/a-b/x", "/b"});
  for (const std::string start : {"", "a/x", "a/y/b", "a/y!", "a/zz", "b", "c"}) {
    INFO("start " << start);
    std::vector<std::string> expected, seen;
    for (const std::string& path : paths) {
      if (ComparePaths(path, "/" + start) >= 0) expected.push_back(path);
    }
    VisitFiles(*tree.root(), start, [&](const File& file) {
      seen.push_back(PathOf(file));
      return true;
    });
    CHECK(seen == expected);
  }
}

TEST_CASE("a path lies below its folders only", "[index]") {
  CHECK(IsAtOrBelow("/a/b", "/a"));
  CHECK(IsAtOrBelow("/a", "/a"));
  CHECK(IsAtOrBelow("/a", "/"));
  CHECK_FALSE(IsAtOrBelow("/ab", "/a"));
  CHECK_FALSE(IsAtOrBelow("/a", "/a/b"));
}
