#include "cache_worker/origin/s3_credentials.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::worker;

namespace {

constexpr const char* kFile = R"(# made by hand
[default]
aws_access_key_id = AKID
aws_secret_access_key=a/b+c=d
region = eu-west-1

[ lake ]
aws_access_key_id = OLD
aws_access_key_id = TEMP
aws_secret_access_key = s
; temporary
aws_session_token = t0ken==
)";

std::string Why(const std::string& text, const std::string& profile = "default") {
  const auto credentials = ParseS3Credentials(text, profile);
  CHECK(absl::IsInvalidArgument(credentials.status()));
  return MessageOf(credentials.status());
}

}  // namespace

TEST_CASE("a profile's keys are found", "[origin]") {
  const auto plain = ParseS3Credentials(kFile, "default");
  REQUIRE(plain.ok());
  CHECK(plain->access_key == "AKID");
  CHECK(plain->secret_key == "a/b+c=d");
  CHECK(plain->session_token.empty());
  const auto temporary = ParseS3Credentials(kFile, "lake");
  REQUIRE(temporary.ok());
  CHECK(temporary->access_key == "TEMP");
  CHECK(temporary->session_token == "t0ken==");
}

TEST_CASE("a file with carriage returns and without a last line's end is read too", "[origin]") {
  const auto credentials = ParseS3Credentials("[p]\r\naws_access_key_id=a\r\naws_secret_access_key=b", "p");
  REQUIRE(credentials.ok());
  CHECK(credentials->access_key == "a");
  CHECK(credentials->secret_key == "b");
}

TEST_CASE("what is missing is named, and no secret is", "[origin]") {
  CHECK(Why(kFile, "other") == "there is no section [other]");
  CHECK(Why("") == "there is no section [default]");
  CHECK(Why("[default]\naws_access_key_id = a\n") == "section [default] lacks aws_secret_access_key");
  CHECK(Why("[default]\naws_secret_access_key = hidden\n") == "section [default] lacks aws_access_key_id");
  const std::string broken = Why("[default]\naws_access_key_id = a\x01\naws_secret_access_key = hidden\n");
  CHECK(broken == "section [default] holds characters that no key or token has");
}
