#include "common/log.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

using namespace locus;

TEST_CASE("text lines quote only what needs it", "[common]") {
  CHECK(FormatLogText("started", {}) == "started");
  CHECK(FormatLogText("started", {{"port", 8900}, {"host", "node-1"}}) == "started port=8900 host=node-1");
  CHECK(FormatLogText("m", {{"a", "two words"}, {"b", ""}, {"c", "x=y"}, {"d", "say \"hi\""}}) ==
        R"(m a="two words" b="" c="x=y" d="say \"hi\"")");
}

TEST_CASE("a hostile name cannot start a line of its own", "[common]") {
  CHECK(FormatLogText("m", {{"pod", "a\nerror all is lost"}}) == R"(m pod="a\nerror all is lost")");
  CHECK(FormatLogText("m", {{"pod", "\x1b[2J"}}) == R"(m pod="\u001b[2J")");
}

TEST_CASE("JSON lines parse and keep numbers and texts apart", "[common]") {
  const std::string line = FormatLogJson("a \"quoted\" message", {{"n", 42}, {"text", "42"}, {"path", "a\\b\n"}});
  const auto json = nlohmann::json::parse("{" + line + "}");
  CHECK(json["message"] == "a \"quoted\" message");
  CHECK(json["n"] == 42);
  CHECK(json["text"] == "42");
  CHECK(json["path"] == "a\\b\n");
}

TEST_CASE("bytes that are no UTF-8 do not break a line", "[common]") {
  const std::string bad = "a\xFF\xC0z";
  const auto json = nlohmann::json::parse("{" + FormatLogJson("m", {{"name", bad}}) + "}");
  CHECK(json["name"] == "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(FormatLogText("m", {{"name", bad}}) == "m name=\"a\xEF\xBF\xBD\xEF\xBF\xBDz\"");
}

TEST_CASE("numbers that JSON does not know are text", "[common]") {
  const auto json = nlohmann::json::parse(
      "{" +
      FormatLogJson("m",
                    {{"a", std::nan("")}, {"b", std::numeric_limits<double>::infinity()}, {"c", 1.5}, {"d", true}}) +
      "}");
  CHECK(json["a"].is_string());
  CHECK(json["b"].is_string());
  CHECK(json["c"] == 1.5);
  CHECK(json["d"] == 1);
}
