#include "alluxio_meta/mounts/mount_table.h"

#include <catch2/catch.hpp>
#include <ctime>

#include "alluxio_meta/mounts/canonical_path.h"
#include "common/status.h"

using namespace locus::meta;

namespace {

std::string Resolved(const MountTable& table, const std::string& uri) {
  const auto path = table.Resolve(uri);
  return path.ok() ? *path : "problem: " + locus::MessageOf(path.status());
}

bool HasText(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const MountTable& Nested() {
  static const MountTable table = MountTable::Create({{"/data", "s3a://bucket/lake"},
                                                      {"/data/hot", "file:///fast"},
                                                      {"/deep", "s3a://bucket/lake/deep/er"},
                                                      {"/all", "S3A://other/"}})
                                      .value();
  return table;
}

}  // namespace

TEST_CASE("URIs of the namespace are its paths", "[mounts]") {
  const MountTable none;
  CHECK(Resolved(none, "/a/b") == "/a/b");
  CHECK(Resolved(none, "/") == "/");
  CHECK(Resolved(none, "/a/b/") == "/a/b");
  CHECK(Resolved(none, "alluxio:///a") == "/a");
  CHECK(Resolved(none, "alluxio://host:19998/a/b") == "/a/b");
  CHECK(Resolved(none, "alluxio://zk@h1:2181,h2:2181/a") == "/a");
  CHECK(Resolved(none, "alluxio://host:19998") == "/");
  CHECK(Resolved(none, "Alluxio:/a") == "/a");
  CHECK(Resolved(none, "/a%20b/c d/\xC3\xA4") == "/a%20b/c d/\xC3\xA4");
  CHECK(Resolved(none, "/day=1:2/*") == "/day=1:2/*");
}

TEST_CASE("other URIs go through the longest mount that covers them", "[mounts]") {
  CHECK(Resolved(Nested(), "s3a://bucket/lake/x") == "/data/x");
  CHECK(Resolved(Nested(), "s3a://bucket/lake") == "/data");
  CHECK(Resolved(Nested(), "s3a://bucket/lake/deep/x") == "/data/deep/x");
  CHECK(Resolved(Nested(), "s3a://bucket/lake/deep/er/x") == "/deep/x");
  CHECK(Resolved(Nested(), "file:///fast/x") == "/data/hot/x");
  CHECK(Resolved(Nested(), "file:/fast/x") == "/data/hot/x");
  CHECK(Resolved(Nested(), "s3a://other/x/y") == "/all/x/y");
  CHECK(Resolved(Nested(), "s3a://other") == "/all");
  CHECK(Resolved(MountTable::Create({{"/", "file:///"}}).value(), "file:///x") == "/x");
}

TEST_CASE("a URI that no mount covers is told how to mend it", "[mounts]") {
  for (const char* uri : {"s3a://bucket/lakes", "s3a://elsewhere/lake/x", "file:///slow", "gs://bucket/lake/x"}) {
    INFO(uri);
    CHECK(HasText(Resolved(Nested(), uri), std::string("no mount covers ") + uri));
    CHECK(HasText(Resolved(Nested(), uri), "'mounts' in the configuration of locus-meta"));
  }
  CHECK(HasText(Resolved(Nested(), "s3a://bucket/lake/hot/x"), "is hidden: at /data/hot"));
}

TEST_CASE("malformed inputs are refused in clear text", "[mounts]") {
  const MountTable none;
  CHECK(HasText(Resolved(none, ""), "empty"));
  CHECK(HasText(Resolved(none, "a/b"), "alluxio:///folder/file"));
  CHECK(HasText(Resolved(none, "alluxio:a"), "a slash is missing"));
  CHECK(HasText(Resolved(none, "/a//b"), "empty component"));
  CHECK(HasText(Resolved(none, "alluxio:////a"), "empty component"));
  CHECK(HasText(Resolved(none, "/a/./b"), "component '.'"));
  CHECK(HasText(Resolved(none, "alluxio:///a/.."), "component '..'"));
  CHECK(HasText(Resolved(none, "/a\nb"), "control character"));
  CHECK(HasText(Resolved(none, "/" + std::string(kMaxPathBytes, 'a')), "allowed are 4096"));
  CHECK(Resolved(none, "/" + std::string(kMaxPathBytes - 1, 'a')).size() == kMaxPathBytes);
}

TEST_CASE("all problems of a mount table are named at once", "[mounts]") {
  const auto table = MountTable::Create({{"a", "file:///x"},
                                         {"/b", "nothing"},
                                         {"/c/", "file:///y"},
                                         {"/d", "alluxio:///z"},
                                         {"/e", "file:///x/"},
                                         {"/b", "s3a://b"}});
  REQUIRE_FALSE(table.ok());
  const std::string text = locus::MessageOf(table.status());
  for (const char* part : {"mounts[0].path", "mounts[1].ufs_uri", "mounts[2].path", "mounts[3].ufs_uri",
                           "mounts[4].ufs_uri: 'file:///x' stands twice", "mounts[5].path: '/b' stands twice"}) {
    INFO(part << " in\n" << text);
    CHECK(HasText(text, part));
  }
}

TEST_CASE("the master's mounts are joined with the configured ones, which win", "[mounts]") {
  const MountTable configured = MountTable::Create({{"/data", "s3a://bucket/d"}}).value();
  std::vector<std::string> problems;
  const MountTable table = MountTable::Join(
      configured, {{"/", "file:///ufs"}, {"/data", "hdfs://n/d"}, {"/other", "s3://b2/"}, {"bad", "s3://x/"}},
      &problems);
  CHECK(*table.Resolve("s3a://bucket/d/f") == "/data/f");
  CHECK_FALSE(table.Resolve("hdfs://n/d/f").ok());
  CHECK(*table.Resolve("s3a://b2/f") == "/other/f");
  CHECK(*table.Resolve("file:///ufs/f") == "/f");
  REQUIRE(table.mounts().size() == 3);
  CHECK_FALSE(table.mounts()[0].by_master);
  CHECK(table.mounts()[2].by_master);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("bad") != std::string::npos);
}

TEST_CASE("joining a master's thousand mounts costs little more than reading them", "[mounts]") {
  std::vector<Mount> mounts;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = std::to_string(i);
    mounts.push_back({"/mnt/" + name, "s3://bucket-" + name + "/data"});
  }
  const std::clock_t start = std::clock();
  CHECK(MountTable::Create(mounts).ok());
  const std::clock_t read = std::clock();
  std::vector<std::string> problems;
  CHECK(MountTable::Join(MountTable(), mounts, &problems).mounts().size() == mounts.size());
  CHECK(std::clock() - read < 20 * (read - start));
}

TEST_CASE("s3, s3a and s3n name the same bucket; the longest prefix of nested mounts wins", "[mounts]") {
  const MountTable table =
      MountTable::Create({{"/", "s3://b"}, {"/deep", "s3://b/x"}, {"/deeper", "s3n://b/x/y"}}).value();
  CHECK(*table.Resolve("s3a://b/f") == "/f");
  CHECK(*table.Resolve("s3n://b/x/f") == "/deep/f");
  CHECK(*table.Resolve("s3a://b/x/y/f") == "/deeper/f");
  CHECK(*table.Resolve("s3://b/x/yz") == "/deep/yz");
}

TEST_CASE("only a URI of another scheme needs a mount", "[mounts]") {
  CHECK(MountTable::IsForeign("s3a://b/f"));
  CHECK(MountTable::IsForeign("file:/f"));
  CHECK_FALSE(MountTable::IsForeign("alluxio://h:1/f"));
  CHECK_FALSE(MountTable::IsForeign("/f"));
  CHECK_FALSE(MountTable::IsForeign("nonsense"));
  CHECK_FALSE(MountTable::IsForeign(""));
}
