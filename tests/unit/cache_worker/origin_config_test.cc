#include "cache_worker/origin_config.h"

#include <catch2/catch.hpp>

#include "cache_worker/config.h"
#include "common/config.h"
#include "common/status.h"

using namespace locus;
using namespace locus::worker;

using Lines = std::vector<std::string>;

namespace {

config::v1::Worker Parse(const std::string& yaml) {
  config::v1::Worker config = DefaultConfig();
  const absl::Status status = ParseConfig(yaml, {}, &config);
  INFO(MessageOf(status));
  REQUIRE(status.ok());
  return config;
}

Lines Problems(const std::string& mounts) { return OriginProblems(Parse("origin: {mounts: " + mounts + "}").origin()); }

}  // namespace

TEST_CASE("every kind of mount is accepted", "[config]") {
  const auto config = Parse(R"(
origin:
  mounts:
    - {path: /, folder: /data}
    - {path: /web, http: {url: "https://files.example:8443/a/", manifest: lists/all.txt, token_file: /token}}
    - {path: /lake, s3: {bucket: lake, prefix: a/b/, region: eu-west-1}}
    - {path: /lab, s3: {bucket: lab, endpoint: "http://minio:9000", path_style: true, anonymous: true}}
)");
  CHECK(OriginProblems(config.origin()).empty());
  CHECK(KindOf(config.origin().mounts(0)) == OriginKind::kFolder);
  CHECK(KindOf(config.origin().mounts(1)) == OriginKind::kHttp);
  CHECK(KindOf(config.origin().mounts(2)) == OriginKind::kS3);
  CHECK(OriginFolders(config.origin()) ==
        std::vector<std::pair<std::string, std::string>>{{"origin.mounts.0.folder", "/data"}});
  CHECK(AddressOf(config.origin().mounts(2).s3())->server == "https://lake.s3.eu-west-1.amazonaws.com");
}

TEST_CASE("an under-store is one folder, or mounts", "[config]") {
  CHECK(OriginProblems(Parse("").origin()) == Lines{"origin.folder: is required, or origin.mounts"});
  CHECK(OriginProblems(Parse("origin: {folder: /data, mounts: [{path: /a, folder: /b}]}").origin()) ==
        Lines{"origin.mounts: goes with no origin.folder: make that a mount too, with path /"});
  CHECK(OriginProblems(Parse("origin: {folder: /data}").origin()).empty());
}

TEST_CASE("a mount is exactly one thing, at a path of its own", "[config]") {
  CHECK(Problems("[{path: /a}]") == Lines{"origin.mounts.0: needs one of folder, http and s3"});
  CHECK(Problems("[{path: /a, folder: /b, s3: {bucket: c}}]") ==
        Lines{"origin.mounts.0: has more than one of folder, http and s3: keep one, or make two mounts"});
  CHECK(Problems("[{path: /a, folder: /b}, {path: /a, folder: /c}]") ==
        Lines{"origin.mounts.1.path: '/a' stands twice"});
  CHECK(Problems("[{path: a, folder: /b}]") == Lines{"origin.mounts.0.path: path: must start with '/'"});
  CHECK(Problems("[{path: /a/, folder: /b}]").size() == 1);
}

TEST_CASE("a URL, a manifest and a token are checked", "[config]") {
  for (const char* url : {"files.example", "ftp://x", "http://", "http:///a", "https://u:p@h/a", "http://h/a?b",
                          "http://h/a#b", "http://h/a b"}) {
    INFO(url);
    const Lines problems = Problems("[{path: /a, http: {url: '" + std::string(url) + "'}}]");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("origin.mounts.0.http.url: ") == 0);
  }
  CHECK(Problems("[{path: /a, http: {manifest: all.txt}}]") == Lines{"origin.mounts.0.http.url: is required"});
  CHECK(Problems("[{path: /a, http: {url: 'http://h', manifest: ../all.txt}}]").size() == 1);
  CHECK(Problems("[{path: /a, http: {url: 'http://h', token_file: /t}}]") ==
        Lines{"origin.mounts.0.http.token_file: a token goes over https:// only, where nobody else can read it"});
}

TEST_CASE("a bucket, its prefix and who asks for it are checked", "[config]") {
  CHECK(Problems("[{path: /a, s3: {prefix: b/}}]") == Lines{"origin.mounts.0.s3.bucket: is required"});
  for (const char* prefix : {"b", "/b/", "b//", "../", "/"}) {
    INFO(prefix);
    CHECK(Problems("[{path: /a, s3: {bucket: c, prefix: " + std::string(prefix) + "}}]").size() == 1);
  }
  CHECK(Problems("[{path: /a, s3: {bucket: a.b}}]").size() == 1);
  CHECK(Problems("[{path: /a, s3: {bucket: b, endpoint: minio}}]").size() == 1);
  CHECK(Problems("[{path: /a, s3: {bucket: b, anonymous: true, credentials_file: /c}}]") ==
        Lines{"origin.mounts.0.s3.anonymous: goes with no credentials_file: remove one of them"});
}

TEST_CASE("a server is the front of its URL", "[config]") {
  CHECK(ServerOf("http://h:1/a/b") == "http://h:1");
  CHECK(ServerOf("https://h") == "https://h");
  CHECK(WithoutSlashes("http://h/a//") == "http://h/a");
}

TEST_CASE("folders of mounts must not hold tier folders", "[config]") {
  const auto config = Parse(R"(
origin: {mounts: [{path: /a, folder: /data/a}, {path: /b, s3: {bucket: b}}]}
store: {tiers: [{tier: SSD, path: /data/a/cache, quota: 1GiB}]}
)");
  CHECK(MessageOf(CheckConfig(config)) ==
        "store.tiers.0.path: '/data/a/cache' and origin.mounts.0.folder '/data/a' must not lie within each other");
}
