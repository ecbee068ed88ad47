#include "cache_worker/alluxio/ufs_map.h"

#include <catch2/catch.hpp>

using locus::worker::UfsMap;
using Mounts = std::vector<locus::worker::UfsMount>;

TEST_CASE("a local folder is found however its URI is written", "[alluxio]") {
  const UfsMap map(Mounts{{"file:///lake", "/"}});
  for (const char* uri : {"/lake/a/b", "file:///lake/a/b", "file:/lake/a/b"}) {
    INFO(uri);
    CHECK(map.PathOf(uri) == "/a/b");
  }
  CHECK(map.PathOf("/lake") == "/");
  CHECK_FALSE(map.PathOf("/lakes/a").has_value());
  CHECK_FALSE(map.PathOf("hdfs://name/lake/a").has_value());
  CHECK_FALSE(map.PathOf("").has_value());
}

TEST_CASE("the names of one bucket are one", "[alluxio]") {
  const UfsMap map(Mounts{{"s3://bucket/data/", "/lake"}});
  CHECK(map.PathOf("s3a://bucket/data/x") == "/lake/x");
  CHECK(map.PathOf("s3n://bucket/data") == "/lake");
  CHECK_FALSE(map.PathOf("s3://bucket/database/x").has_value());
  CHECK_FALSE(map.PathOf("s3://other/data/x").has_value());
}

TEST_CASE("the longest URI that fits counts", "[alluxio]") {
  const UfsMap map(Mounts{{"/lake", "/a"}, {"/lake/deep", "/b"}});
  CHECK(map.PathOf("/lake/x") == "/a/x");
  CHECK(map.PathOf("/lake/deep/x") == "/b/x");
  CHECK(map.PathOf("/lake/deeper/x") == "/a/deeper/x");
}

TEST_CASE("the root of a machine is a mount too", "[alluxio]") {
  const UfsMap map(Mounts{{"file:///", "/"}});
  CHECK(map.PathOf("/a/b") == "/a/b");
}

TEST_CASE("what leads out of the mount is no path", "[alluxio]") {
  const UfsMap map(Mounts{{"/lake", "/"}});
  CHECK_FALSE(map.PathOf("/lake/../etc/passwd").has_value());
  CHECK_FALSE(map.PathOf("/lake/a//b").has_value());
}
