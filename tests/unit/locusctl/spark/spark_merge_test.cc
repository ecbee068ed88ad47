#include "locusctl/spark/spark_merge.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;

namespace {

Setting Plain(const char* name, const char* value, std::vector<std::string> aliases = {}) {
  return {name, value, "why", Layer::kTasks, false, std::move(aliases)};
}

Setting Java(const char* value) { return {"spark.executor.extraJavaOptions", value, "why", Layer::kReads, true, {}}; }

GivenValues Given(const char* name, const char* value) { return {{name, {value, "--conf"}}}; }

std::string JoinedWith(const char* theirs) {
  const MergedSettings merged = MergeSettings({Java("-Dx=1 -Dy=2")}, Given("spark.executor.extraJavaOptions", theirs));
  REQUIRE(merged.settings.size() == 1);
  return merged.settings[0].value;
}

}  // namespace

TEST_CASE("a value that the user has set stays and is told", "[locusctl]") {
  const MergedSettings merged = MergeSettings({Plain("a", "1"), Plain("b", "2")}, Given("a", "9"));
  REQUIRE(merged.settings.size() == 1);
  CHECK(merged.settings[0].name == "b");
  REQUIRE(merged.kept.size() == 1);
  CHECK(Describe(merged.kept[0]) ==
        "a=9 stays as you have set it (--conf); Locus would set 1: why. This may break \"tasks on the right "
        "executor\".");
}

TEST_CASE("the same value, and one under another name, need no second", "[locusctl]") {
  CHECK(MergeSettings({Plain("a", "1")}, Given("a", "1")).kept.empty());
  CHECK(MergeSettings({Plain("a", "1")}, Given("a", "1")).settings.empty());
  const MergedSettings merged = MergeSettings({Plain("a.node", "10s", {"a"})}, Given("a", "3s"));
  CHECK(merged.settings.empty());
  REQUIRE(merged.kept.size() == 1);
  CHECK(merged.kept[0].name == "a");
}

TEST_CASE("Java options join those of the user", "[locusctl]") {
  CHECK(JoinedWith("-XX:+UseG1GC -Dq=\"a b\"") == "-XX:+UseG1GC -Dq=\"a b\" -Dx=1 -Dy=2");
  CHECK(JoinedWith("  ") == "-Dx=1 -Dy=2");
  // Its text only looks like an option: it is inside of another one's value.
  CHECK(JoinedWith("-Dq='-Dx=7 z'") == "-Dq='-Dx=7 z' -Dx=1 -Dy=2");
}

TEST_CASE("a Java option that the user has given stays", "[locusctl]") {
  CHECK(JoinedWith("-Dx=1") == "-Dx=1 -Dy=2");
  const MergedSettings merged =
      MergeSettings({Java("-Dx=1 -Dy=2")}, Given("spark.executor.extraJavaOptions", "-Dx=3 \"-Dy=4\""));
  CHECK(merged.settings.empty());
  REQUIRE(merged.kept.size() == 2);
  CHECK(merged.kept[0].name == "spark.executor.extraJavaOptions -Dx");
  CHECK(merged.kept[0].value == "3");
  CHECK(merged.kept[1].wanted == "2");
}

TEST_CASE("several Java options of one property become one setting", "[locusctl]") {
  const MergedSettings merged = MergeSettings({Java("-Dx=1"), Plain("a", "1"), Java("-Dy=$(HOST_IP)")}, {});
  REQUIRE(merged.settings.size() == 2);
  CHECK(merged.settings[0].value == "-Dx=1 -Dy=$(HOST_IP)");
}
