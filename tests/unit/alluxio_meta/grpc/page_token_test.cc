#include "alluxio_meta/grpc/page_token.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::meta;

TEST_CASE("a page token leads back to its position", "[grpc]") {
  const std::string token = EncodePageToken("/t/*", {"/t/\xC3\xA4/f", 123456789012});
  const auto position = DecodePageToken("/t/*", token);
  REQUIRE(position.ok());
  CHECK(position->path == "/t/\xC3\xA4/f");
  CHECK(position->block == 123456789012);
  CHECK(DecodePageToken("/t/*", "")->path.empty());
}

TEST_CASE("a page token that was changed, or made for another input, is refused", "[grpc]") {
  const std::string token = EncodePageToken("/t", {"/t/f", 1});
  CHECK(DecodePageToken("/u", token).status().code() == absl::StatusCode::kInvalidArgument);
  for (size_t i = 0; i < token.size() - 2; ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    INFO(i);
    CHECK_FALSE(DecodePageToken("/t", changed).ok());
  }
  for (const char* text : {"A", "!!!!", "AAAAAAAAAAAAAAAAAAAAAAAA", "next"})
    CHECK_FALSE(DecodePageToken("/t", text).ok());
}
