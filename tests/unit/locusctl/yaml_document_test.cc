#include "locusctl/yaml_document.h"

#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>

using namespace locus::ctl;

TEST_CASE("a document keeps its order and its kinds of values", "[locusctl]") {
  CHECK(ToYaml(R"({"b": 1, "a": [true, null, -2, 0.5], "c": {"x": "y"}, "d": [], "e": {}})") ==
        "---\n"
        "b: 1\n"
        "a:\n"
        "  - true\n"
        "  - ~\n"
        "  - -2\n"
        "  - 0.5\n"
        "c:\n"
        "  x: \"y\"\n"
        "d: []\n"
        "e: {}\n");
}

TEST_CASE("texts that look like something else stay texts", "[locusctl]") {
  for (const char* text :
       {"true", "no", "12", "1e3", "null", "~", "", "2026-01-01", "- a", "a: b", "#x", "{", "'", "*a"}) {
    INFO(text);
    const std::string yaml = ToYaml(std::string(R"({"k": ")") + text + R"("})");
    // Quoted: no rule of any version of YAML resolves it.
    CHECK(yaml == std::string("---\nk: \"") + text + "\"\n");
    CHECK(YAML::Load(yaml)["k"].as<std::string>() == text);
  }
}

TEST_CASE("keys that look like something else are quoted", "[locusctl]") {
  CHECK(ToYaml(R"({"y": 1, "On": 2, "MEM": 3, "local-share": 4, "": 5})") ==
        "---\n\"y\": 1\n\"On\": 2\nMEM: 3\n\"local-share\": 4\n\"\": 5\n");
}

TEST_CASE("nothing that a terminal obeys comes through", "[locusctl]") {
  const std::string yaml = ToYaml(R"({"k": "a\u001b[31m\n\u009b\u202e\u00e9"})");
  for (const char c : yaml) CHECK(((c >= 0x20 && c < 0x7f) || c == '\n'));
  CHECK(YAML::Load(yaml)["k"].as<std::string>() == "a\x1b[31m\n\xC2\x9B\xE2\x80\xAE\xC3\xA9");
}

TEST_CASE("large and small numbers are numbers for YAML 1.1 too", "[locusctl]") {
  CHECK(ToYaml(R"([18446744073709551615, 1e+25, 1.5e-9])") == "---\n- 18446744073709551615\n- 1.0e+25\n- 1.5e-09\n");
}

TEST_CASE("what is no JSON comes back as it is", "[locusctl]") { CHECK(ToYaml("<html>") == "<html>"); }
