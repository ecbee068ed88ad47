#include "extender/decision/annotations.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

Wishes Parse(Annotation annotation, std::string_view text) {
  AnnotationTexts texts;
  texts[static_cast<size_t>(annotation)] = text;
  return ParseAnnotations(texts);
}

std::vector<std::string> Inputs(std::string_view text) {
  const Wishes wishes = Parse(Annotation::kInputs, text);
  CHECK(wishes.problems.empty());
  return wishes.inputs;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("inputs are separated by commas and trimmed", "[annotations]") {
  CHECK(Inputs("alluxio:///a") == Texts{"alluxio:///a"});
  CHECK(Inputs(" /a ,\t/b\n, s3a://bucket/x ") == Texts{"/a", "/b", "s3a://bucket/x"});
  CHECK(Inputs("/a,,/b,") == Texts{"/a", "/b"});
}

TEST_CASE("an empty list of inputs names none and is no problem", "[annotations]") {
  CHECK(Inputs("").empty());
  CHECK(Inputs(" , ,").empty());
}

TEST_CASE("a comma inside braces of a glob does not separate", "[annotations]") {
  CHECK(Inputs("/logs/{2024,2025}/x,/b") == Texts{"/logs/{2024,2025}/x", "/b"});
  // An open brace that is never closed is a character like others.
  CHECK(Inputs("/odd{name,/b") == Texts{"/odd{name", "/b"});
}

TEST_CASE("a comma in the authority of an Alluxio URI does not separate", "[annotations]") {
  CHECK(Inputs("alluxio://zk@h1:2181,h2:2181,h3:2181/a,/b") == Texts{"alluxio://zk@h1:2181,h2:2181,h3:2181/a", "/b"});
  CHECK(Inputs("alluxio://host,alluxio:///b").size() == 1);  // the whole namespace contains /b
  CHECK(Inputs("alluxio:///a,alluxio:///b") == Texts{"alluxio:///a", "alluxio:///b"});
}

TEST_CASE("doubles are dropped, however they are written", "[annotations]") {
  CHECK(Inputs("/a,/a") == Texts{"/a"});
  CHECK(Inputs("alluxio:///a/b/,/a/b,alluxio://m:19998/a/b") == Texts{"alluxio:///a/b/"});
}

TEST_CASE("an input inside another listed folder is dropped, whatever the order", "[annotations]") {
  CHECK(Inputs("/a/b/c,/a") == Texts{"/a"});
  CHECK(Inputs("/a,alluxio:///a/b") == Texts{"/a"});
  CHECK(Inputs("/,/a") == Texts{"/"});
  CHECK(Inputs("s3a://b/x,s3a://b/x/y") == Texts{"s3a://b/x"});
}

TEST_CASE("a common beginning is not containment", "[annotations]") {
  CHECK(Inputs("/ab,/a") == Texts{"/ab", "/a"});
  CHECK(Inputs("s3a://b/x,/b/x") == Texts{"s3a://b/x", "/b/x"});
  // What a glob matches is not known here.
  CHECK(Inputs("/a*,/a*/b") == Texts{"/a*", "/a*/b"});
  CHECK(Inputs("/a/*,/a/b") == Texts{"/a/*", "/a/b"});
}

TEST_CASE("the bounds of an input list are 64 inputs and 4096 bytes each", "[annotations]") {
  std::string list;
  for (int i = 0; i < 64; ++i) list += "/f" + std::to_string(i) + "x,";
  CHECK(Inputs(list).size() == 64);
  const Wishes over = Parse(Annotation::kInputs, list + "/one-more");
  CHECK(over.inputs.empty());
  REQUIRE(over.problems.size() == 1);
  CHECK(over.problems[0].text == "65 inputs, at most 64 can be named");

  CHECK(Inputs("/" + std::string(4095, 'x')).size() == 1);
  const Wishes longer = Parse(Annotation::kInputs, "/a,/" + std::string(4096, 'x'));
  CHECK(longer.inputs.empty());
  REQUIRE(longer.problems.size() == 1);
  CHECK(longer.problems[0].text.size() < 200);
}

TEST_CASE("what can be no input is dropped and told, the others stay", "[annotations]") {
  const Wishes wishes = Parse(Annotation::kInputs, std::string_view("/a,warehouse/b,/c\x01", 18));
  CHECK(wishes.inputs == Texts{"/a"});
  REQUIRE(wishes.problems.size() == 2);
  CHECK(wishes.problems[0].text == "'warehouse/b' is neither a URI nor an absolute path");
  CHECK(wishes.problems[0].annotation == Annotation::kInputs);
}

TEST_CASE("a quoted value is cut between characters", "[annotations]") {
  std::string text = "x";
  for (int i = 0; i < 60; ++i) text += "\xC3\xA9";
  const Wishes wishes = Parse(Annotation::kPolicy, text);
  REQUIRE(wishes.problems.size() == 1);
  const std::string& quoted = wishes.problems[0].text;
  const size_t cut = quoted.find("...");
  REQUIRE(cut != std::string::npos);
  CHECK(static_cast<unsigned char>(quoted[cut - 1]) == 0xA9);
}

TEST_CASE("the other annotations are read", "[annotations]") {
  CHECK(Parse(Annotation::kPolicy, "wait").policy == Policy::kWait);
  CHECK(Parse(Annotation::kPolicy, " require ").policy == Policy::kRequire);
  CHECK(Parse(Annotation::kLayout, "pack").layout == Layout::kPack);
  CHECK(Parse(Annotation::kMaxWait, "30s").max_wait == Duration(30s));
  CHECK(Parse(Annotation::kGroup, "team-a").group == "team-a");
  CHECK(Parse(Annotation::kShare, "512MiB").share == uint64_t{536870912});
}

TEST_CASE("a bad value counts as absent and is told", "[annotations]") {
  const Wishes policy = Parse(Annotation::kPolicy, "Prefer!");
  CHECK(policy.policy == Policy::kPrefer);
  REQUIRE(policy.problems.size() == 1);
  CHECK(policy.problems[0].text == "'Prefer!' is not one of prefer, wait, require");
  CHECK(Parse(Annotation::kLayout, "stack").problems.size() == 1);
  CHECK(Parse(Annotation::kMaxWait, "soon").problems.size() == 1);
  CHECK(Parse(Annotation::kGroup, std::string(254, 'g')).problems.size() == 1);
  for (const char* share : {"0", "-1", "many", "1e99", "99999999999TiB", "0.5B"}) {
    INFO(share);
    const Wishes wishes = Parse(Annotation::kShare, share);
    CHECK_FALSE(wishes.share);
    CHECK(wishes.problems.size() == 1);
  }
}

TEST_CASE("an empty value is absent and no problem", "[annotations]") {
  for (size_t i = 0; i < kAnnotations; ++i) CHECK(Parse(static_cast<Annotation>(i), "  ").problems.empty());
}
