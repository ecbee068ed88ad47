#include "cache_worker/origin/s3_address.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::worker;

TEST_CASE("a bucket of Amazon's is a host in its region", "[origin]") {
  const auto address = S3AddressOf("", "eu-west-1", "lake", false);
  REQUIRE(address.ok());
  CHECK(address->server == "https://lake.s3.eu-west-1.amazonaws.com");
  CHECK(address->host == "lake.s3.eu-west-1.amazonaws.com");
  CHECK(address->path_prefix == "/");
  CHECK(S3AddressOf("", "cn-north-1", "lake", false)->host == "lake.s3.cn-north-1.amazonaws.com.cn");
}

TEST_CASE("with path style the bucket is the first part of the path", "[origin]") {
  const auto address = S3AddressOf("http://127.0.0.1:7070/", "us-east-1", "My_Lake", true);
  REQUIRE(address.ok());
  CHECK(address->server == "http://127.0.0.1:7070");
  CHECK(address->host == "127.0.0.1:7070");
  CHECK(address->path_prefix == "/My_Lake/");
}

TEST_CASE("the host that is signed lacks the port that its scheme implies", "[origin]") {
  CHECK(S3AddressOf("https://s3:443", "r", "b", true)->host == "s3");
  CHECK(S3AddressOf("http://s3:80", "r", "b", true)->host == "s3");
  CHECK(S3AddressOf("http://s3:443", "r", "b", true)->host == "s3:443");
  CHECK(S3AddressOf("http://localhost:7070", "r", "b", false)->host == "b.localhost:7070");
}

TEST_CASE("what can be no address is refused with what to do", "[origin]") {
  const auto why = [](const char* endpoint, const char* bucket, bool path_style) {
    const auto address = S3AddressOf(endpoint, "r", bucket, path_style);
    CHECK(absl::IsInvalidArgument(address.status()));
    return MessageOf(address.status());
  };
  for (const char* endpoint : {"s3.local", "ftp://s3", "http://", "http://s3/path", "http://u:p@s3", "http://s3?x"}) {
    INFO(endpoint);
    CHECK(why(endpoint, "b", true).find("must be http(s)://host[:port]") != std::string::npos);
  }
  CHECK(why("", "My_Lake", false).find("set path_style") != std::string::npos);
  CHECK(why("", "a.b", false).find("set path_style") != std::string::npos);
  CHECK(why("", "a/b", true).find("prefix") != std::string::npos);
  CHECK(S3AddressOf("http://s3", "r", "a.b", false).ok());
}
