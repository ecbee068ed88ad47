#include "alluxio_meta/index/path_pattern.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus::meta;

namespace {

bool Matches(const std::string& pattern, const std::string& name) {
  return NamePattern::Parse(pattern).value().Matches(name);
}

}  // namespace

TEST_CASE("names match as a shell's globs do", "[index]") {
  CHECK(Matches("*", "anything"));
  CHECK(Matches("*.parquet", "a.parquet"));
  CHECK_FALSE(Matches("*.parquet", "a.parquet.crc"));
  CHECK(Matches("a*b*c", "aXbYbZc"));
  CHECK_FALSE(Matches("a*b*c", "aXbYbZ"));
  CHECK(Matches("p?rt", "part"));
  CHECK_FALSE(Matches("p?rt", "prt"));
  CHECK(Matches("[a-c]x", "bx"));
  CHECK_FALSE(Matches("[a-c]x", "dx"));
  CHECK(Matches("[!a-c]x", "dx"));
  CHECK(Matches("[^a-c]x", "dx"));
  CHECK(Matches("[]a]", "]"));
  CHECK(Matches("[a-]", "-"));
  CHECK(Matches("{ab,c}d", "abd"));
  CHECK(Matches("{ab,c}d", "cd"));
  CHECK_FALSE(Matches("{ab,c}d", "abcd"));
  CHECK(Matches("x{a,b{1,2}}", "xb2"));
  CHECK(Matches("{*.csv,*.json}", "a.json"));
  CHECK(Matches("x{,.gz}", "x"));
}

TEST_CASE("one question mark is one character, however many bytes it has", "[index]") {
  CHECK(Matches("?", "\xC3\xA4"));
  CHECK(Matches("[\xC3\xA4-\xC3\xBC]", "\xC3\xB6"));
  CHECK_FALSE(Matches("??", "\xC3\xA4"));
  CHECK(Matches("a?", "a\xFF"));
}

TEST_CASE("a pattern with many stars is decided quickly", "[index]") {
  // Plain backtracking would need more than 10^30 steps.
  const std::string name(4000, 'a');
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "a*";
  CHECK_FALSE(Matches(pattern + "b", name));
}

TEST_CASE("a path is split at its first pattern", "[index]") {
  const PathPattern plain = PathPattern::Parse("/a/b").value();
  CHECK_FALSE(plain.is_glob());
  CHECK(plain.literal() == "/a/b");
  const PathPattern glob = PathPattern::Parse("/a/b/c*/d").value();
  CHECK(glob.is_glob());
  CHECK(glob.literal() == "/a/b");
  REQUIRE(glob.rest().size() == 2);
  CHECK(glob.rest()[0].prefix() == "c");
  CHECK(glob.rest()[1].prefix() == "d");
  CHECK(PathPattern::Parse("/*").value().literal() == "/");
  CHECK(PathPattern::Parse("/x{ab,ac}").value().rest()[0].prefix() == "xa");
}

TEST_CASE("what is not closed is refused by name", "[index]") {
  for (const char* text : {"/a/[b", "/a/{b", "/a/{b,{c}", "/a/{b/c,d}"}) {
    INFO(text);
    const auto pattern = PathPattern::Parse(text);
    REQUIRE_FALSE(pattern.ok());
    CHECK(locus::MessageOf(pattern.status()).find("is not closed") != std::string::npos);
  }
  std::string many = "/";
  for (int i = 0; i < 20; ++i) many += "{a,b}";
  CHECK_FALSE(PathPattern::Parse(many).ok());
}
