#include "cache_worker/origin/manifest.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus::worker;

using Paths = std::vector<std::string>;

TEST_CASE("a manifest is what find writes", "[origin]") {
  uint64_t skipped = 0;
  CHECK(ParseManifest("./b\n./a/x y\n\n./a.b\nb\r\n./c", "/lake", &skipped).value() ==
        Paths{"/lake/a.b", "/lake/a/x y", "/lake/b", "/lake/c"});
  CHECK(skipped == 0);
  CHECK(ParseManifest("", "/", &skipped).value().empty());
  CHECK(ParseManifest("a", "/", &skipped).value() == Paths{"/a"});
}

TEST_CASE("lines that are no paths are left out and counted", "[origin]") {
  uint64_t skipped = 0;
  CHECK(ParseManifest("../secret\na//b\na/../b\n/abs\na/\n\xFF\nok\n", "/", &skipped).value() == Paths{"/ok"});
  CHECK(skipped == 6);
}

TEST_CASE("a manifest of too many files is refused", "[origin]") {
  uint64_t skipped = 0;
  std::string text;
  for (size_t i = 0; i <= kMaxManifestFiles; ++i) text += std::to_string(i) + "\n";
  CHECK(absl::IsResourceExhausted(ParseManifest(text, "/", &skipped).status()));
}
