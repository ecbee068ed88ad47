#include "alluxio_wire/uri_path.h"

#include <catch2/catch.hpp>
#include <utility>

using namespace locus::alluxio_wire;

TEST_CASE("a URI becomes the path that workers know", "[alluxio]") {
  const std::vector<MountedUri> mounts = {{"/", "file:///data"},
                                          {"/warehouse", "s3a://bucket/warehouse/"},
                                          {"/warehouse/raw", "s3a://bucket/warehouse/raw"},
                                          {"/all", "hdfs://nn:8020/"}};
  for (const auto& [uri, path] : std::vector<std::pair<std::string, std::string>>{
           {"/a/b", "/a/b"},
           {"/a//b/", "/a/b"},
           {"/", "/"},
           {"alluxio:///a/b/", "/a/b"},
           {"alluxio://host:19998/a", "/a"},
           {"alluxio://[fd00::1]:19998/a", "/a"},
           {"alluxio://host:19998", "/"},
           {"s3a://bucket/warehouse", "/warehouse"},
           {"s3a://bucket/warehouse/events/2026", "/warehouse/events/2026"},
           {"s3a://bucket/warehouse/raw/x", "/warehouse/raw/x"},
           {"s3a://bucket/warehouse/rawer", "/warehouse/rawer"},
           {"file:///data/x", "/x"},
           {"hdfs://nn:8020/x/y", "/all/x/y"}}) {
    INFO(uri);
    const auto found = PathOfUri(uri, mounts);
    REQUIRE(found.ok());
    CHECK(*found == path);
  }
  CHECK(absl::IsNotFound(PathOfUri("s3a://bucket/ware", mounts).status()));
  CHECK(absl::IsNotFound(PathOfUri("s3a://other/x", mounts).status()));
  CHECK(absl::IsNotFound(PathOfUri("", mounts).status()));
}

TEST_CASE("URIs that name their path need no mounts", "[alluxio]") {
  CHECK(NamesPath("/a"));
  CHECK(NamesPath("alluxio://host:19998/a"));
  CHECK_FALSE(NamesPath("s3a://bucket/a"));
  CHECK_FALSE(NamesPath(""));
}

TEST_CASE("globs are told from paths", "[alluxio]") {
  for (const char* glob : {"/a/*.csv", "/a?", "/a/[0-9]", "/{a,b}"}) CHECK(IsGlob(glob));
  CHECK_FALSE(IsGlob("/a/b-c_d=1.parquet"));
}
