#include "alluxio_wire/plain.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus::alluxio_wire;

TEST_CASE("the initial response is NUL, user, NUL, password", "[alluxio_wire]") {
  const std::string bytes("\0root\0noPassword", 16);
  CHECK(PlainInitialResponse("root", kNoPassword).value() == bytes);
  CHECK(PlainInitialResponse("j\xc3\xb6rg", "p w").value() == std::string("\0j\xc3\xb6rg\0p w", 10));
}

TEST_CASE("an empty part and a NUL are refused, and the password is not told", "[alluxio_wire]") {
  CHECK(PlainInitialResponse("", "x").status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(PlainInitialResponse("root", "").status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(PlainInitialResponse(std::string("ro\0ot", 5), "x").status().code() == absl::StatusCode::kInvalidArgument);
  const absl::Status status = PlainInitialResponse("root", std::string("se\0cret", 7)).status();
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(locus::MessageOf(status).find("cret") == std::string::npos);
}

TEST_CASE("a server reads who calls and for whom, and never tells a password", "[alluxio_wire]") {
  const auto plain = ParsePlainResponse(std::string("\0root\0noPassword", 16));
  REQUIRE(plain.ok());
  CHECK(plain->user == "root");
  CHECK(plain->acts_for.empty());
  const auto acting = ParsePlainResponse(std::string("alice\0spark\0x", 13));
  REQUIRE(acting.ok());
  CHECK(acting->user == "spark");
  CHECK(acting->acts_for == "alice");
  for (const std::string& wrong :
       {std::string(), std::string("root"), std::string("\0root", 5), std::string("\0\0secret", 8),
        std::string("\0root\0", 6), std::string("\0root\0secret\0", 13)}) {
    const auto refused = ParsePlainResponse(wrong);
    CHECK(refused.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(locus::MessageOf(refused.status()).find("secret") == std::string::npos);
  }
}
