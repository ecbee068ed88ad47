#include "cache_worker/http/target.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus::worker;

TEST_CASE("a file is named by its path, percent-encoded as far as it must be", "[http]") {
  for (const auto& [raw, path] : std::vector<std::pair<std::string, std::string>>{{"/v1/files/a/b", "/a/b"},
                                                                                  {"/v1/files/a%2Fb", "/a/b"},
                                                                                  {"/v1/files/%61%20b%25", "/a b%"},
                                                                                  {"/v1/files/a+b", "/a+b"},
                                                                                  {"/v1/files/%c3%A9", "/\xC3\xA9"},
                                                                                  {"/v1/files/a=b&c;d", "/a=b&c;d"},
                                                                                  {"/v1/files/", "/"}}) {
    INFO(raw);
    const auto target = ParseTarget(raw);
    REQUIRE(target.ok());
    CHECK(std::get<FileTarget>(*target).path == path);
  }
}

TEST_CASE("a path that is none is refused", "[http]") {
  for (const char* raw :
       {"/v1/files/a%", "/v1/files/a%2", "/v1/files/a%zz", "/v1/files/a%00b", "/v1/files//a", "/v1/files/%2Fa",
        "/v1/files/a/", "/v1/files/a/../b", "/v1/files/%2e%2e/b", "/v1/files/./a", "/v1/files/%FF"}) {
    INFO(raw);
    CHECK(absl::IsInvalidArgument(ParseTarget(raw).status()));
  }
  CHECK(absl::IsInvalidArgument(ParseTarget("/v1/files/" + std::string(4096, 'a')).status()));
  CHECK(ParseTarget("/v1/files/" + std::string(4095, 'a')).ok());
}

TEST_CASE("a block is named by its content's id and its number", "[http]") {
  const auto target = ParseTarget("/v1/blocks/3f00112233445566/7");
  REQUIRE(target.ok());
  CHECK(std::get<BlockTarget>(*target) == BlockTarget{0x3f00112233445566, 7});
  CHECK(std::get<BlockTarget>(*ParseTarget("/v1/blocks/FFFFFFFFFFFFFFFF/4294967295")) ==
        BlockTarget{UINT64_MAX, UINT32_MAX});
  for (const char* raw :
       {"/v1/blocks/", "/v1/blocks/3f00112233445566", "/v1/blocks/3f00112233445566/", "/v1/blocks/3f0011223344556/7",
        "/v1/blocks/3f001122334455667/7", "/v1/blocks/3f0011223344556g/7", "/v1/blocks/3f00112233445566/-1",
        "/v1/blocks/3f00112233445566/7x", "/v1/blocks/3f00112233445566/4294967296", "/v1/blocks/3f00112233445566/7/8",
        "/v1/blocks/-f00112233445566/7", "/v1/blocks/0x00112233445566/7"}) {
    INFO(raw);
    CHECK(absl::IsInvalidArgument(ParseTarget(raw).status()));
  }
}

TEST_CASE("nothing else is there", "[http]") {
  for (const char* raw : {"", "/", "*", "/v1", "/v1/files", "/v1/file/a", "/V1/files/a", "/v2/files/a", "v1/files/a",
                          "http://h/v1/files/a", "/%761/files/a"}) {
    INFO(raw);
    CHECK(absl::IsNotFound(ParseTarget(raw).status()));
  }
}
