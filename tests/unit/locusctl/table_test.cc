#include "locusctl/table.h"

#include <catch2/catch.hpp>

#include "locusctl/text.h"

using namespace locus::ctl;

TEST_CASE("columns line up, right ones to the right, with no blanks at the end", "[locusctl]") {
  Table table({{"NODE"}, {"BYTES", Align::kRight}, {"NOTE"}});
  table.AddRow({"a", "1", "x"});
  table.AddRow({"node-b", "1000000"});
  CHECK(table.Render({}) ==
        "NODE      BYTES  NOTE\n"
        "a             1  x\n"
        "node-b  1000000\n");
}

TEST_CASE("wide characters take two columns", "[locusctl]") {
  Table table({{"N"}, {"X"}});
  table.AddRow({"データ", "1"});
  table.AddRow({"ab", "2"});
  CHECK(table.Render({}) ==
        "N       X\n"
        "データ  1\n"
        "ab      2\n");
}

TEST_CASE("columns that may shrink give way until the lines fit", "[locusctl]") {
  Table table({{"NAME", Align::kLeft, true}, {"OTHER", Align::kLeft, true}, {"FIXED"}});
  table.AddRow({std::string(60, 'n'), std::string(30, 'o'), "12345"});
  for (const size_t width : {100, 80, 60, 40}) {
    const std::string text = table.Render({false, width}, "  ");
    for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      CHECK(DisplayWidth(text.substr(at, text.find('\n', at) - at)) <= width);
    }
    CHECK(text.find("12345") != std::string::npos);
  }
}

TEST_CASE("a table that cannot fit keeps its figures", "[locusctl]") {
  Table table({{"A", Align::kRight}, {"B", Align::kRight}});
  table.AddRow({"1234567890", "1234567890"});
  CHECK(table.Render({false, 5}) == "         A           B\n1234567890  1234567890\n");
}

TEST_CASE("colour is used only when the style has it", "[locusctl]") {
  Table table({{"A"}, {"B"}});
  table.AddRow({Cell("x", Ink::kGreen), Cell(std::vector<Span>{{"█", Ink::kGreen}, {"·", Ink::kDim}})});
  CHECK(table.Render({false, 100}).find('\x1b') == std::string::npos);
  CHECK(table.Render({true, 100}) ==
        "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n"
        "\x1b[32mx\x1b[0m  \x1b[32m█\x1b[0m\x1b[2m·\x1b[0m\n");
}
