#include "common/token_file.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "common/status.h"
#include "tests/support/certificates.h"

using namespace locus;

namespace {

const std::string kOne = "0123456789abcdef";
const std::string kTwo = "A-._~+/=AAAAAAAAAAAA";

}  // namespace

TEST_CASE("tokens: one a line, with comments and empty lines between them") {
  const auto tokens = ParseTokens("# of the night shift\n" + kOne + "\r\n\n  " + kTwo + "  ");
  REQUIRE(tokens.ok());
  CHECK(*tokens == std::vector<std::string>{kOne, kTwo});
}

TEST_CASE("tokens: what is none is refused with its line") {
  const auto refusal = [](const std::string& text) { return MessageOf(ParseTokens(text).status()); };
  CHECK(refusal(kOne + "\nshort\n").find("line 2: a token has 16 to 4096 characters, this one 5") == 0);
  CHECK(refusal(std::string(4097, 'a')).find("line 1: ") == 0);
  CHECK(refusal("with a blank in it").find("letters, digits") != std::string::npos);
  CHECK(refusal("").find("no token") != std::string::npos);
  CHECK(refusal("# " + kOne).find("no token") != std::string::npos);
  std::string many;
  for (int i = 0; i < 65; ++i) many += kOne + "\n";
  CHECK(refusal(many).find("more than 64") != std::string::npos);
  // The text of a problem goes to the log: it must not hold the token.
  CHECK(refusal("secret secret secret").find("secret") == std::string::npos);
}

TEST_CASE("a bearer token is taken from an Authorization field of any case, and from no other scheme") {
  CHECK(BearerOf("Bearer abc") == "abc");
  CHECK(BearerOf("bearer   abc ") == "abc");
  CHECK(BearerOf("Basic abc").empty());
  CHECK(BearerOf("Bearer").empty());
  CHECK(BearerOf("Bearer ").empty());
  CHECK(BearerOf("").empty());
}

TEST_CASE("a token file accepts its tokens alone, as it is at the time") {
  const std::string path = FreshFolder("tokens") + "/tokens";
  PutFile(path, kOne + "\n" + kTwo + "\n");
  Metrics metrics;
  const auto opened = TokenFile::Open("listen", path, metrics);
  REQUIRE(opened.ok());
  TokenFile& tokens = **opened;
  CHECK(tokens.First() == kOne);
  CHECK(tokens.Accepts(kOne));
  CHECK(tokens.Accepts(kTwo));
  CHECK_FALSE(tokens.Accepts(""));
  CHECK_FALSE(tokens.Accepts(kOne + "x"));
  CHECK_FALSE(tokens.Accepts(kOne.substr(0, 15)));
  CHECK_FALSE(tokens.Accepts(kOne + "\n" + kTwo));

  PutFile(path, kTwo);
  tokens.Look();
  CHECK_FALSE(tokens.Accepts(kOne));
  CHECK(tokens.Accepts(kTwo));

  std::filesystem::remove(path);
  tokens.Look();
  tokens.Look();
  CHECK(tokens.Accepts(kTwo));
  CHECK(metrics.Render().find("locus_token_reload_failures_total{use=\"listen\"} 1\n") != std::string::npos);
}

TEST_CASE("a token file that is not there is named") {
  Metrics metrics;
  const auto opened = TokenFile::Open("listen", "/nonexistent/tokens", metrics);
  REQUIRE_FALSE(opened.ok());
  CHECK(MessageOf(opened.status()).find("/nonexistent/tokens") != std::string::npos);
}
