#include "locusctl/figures.h"

#include <catch2/catch.hpp>
#include <limits>

#include "locusctl/text.h"

using namespace locus::ctl;

namespace {

std::string Drawn(const Cell& cell) {
  std::string text;
  for (const Span& span : cell.spans) text += span.text;
  return text;
}

}  // namespace

TEST_CASE("percent is 100 only for all, and never 0 for some", "[locusctl]") {
  CHECK(Percent(0, 0) == "-");
  CHECK(Percent(0, 10) == "0.0%");
  CHECK(Percent(10, 10) == "100%");
  CHECK(Percent(5, 8) == "62.5%");
  CHECK(Percent(999'999, 1'000'000) == "99.9%");
  CHECK(Percent(std::numeric_limits<uint64_t>::max() - 1, std::numeric_limits<uint64_t>::max()) == "99.9%");
  CHECK(Percent(1, 1'000'000) == "<0.1%");
}

TEST_CASE("seconds are short", "[locusctl]") {
  CHECK(Seconds(0) == "0 s");
  CHECK(Seconds(0.0123) == "12.3 ms");
  CHECK(Seconds(8.589) == "8.59 s");
  CHECK(Seconds(123.45) == "123.5 s");
  CHECK(Seconds(-0.5) == "-0.50 s");
  CHECK(Seconds(std::numeric_limits<double>::quiet_NaN()) == "-");
  CHECK(Fraction(std::numeric_limits<double>::infinity()) == "-");
}

TEST_CASE("ages have one unit", "[locusctl]") {
  CHECK(Ago(0) == "0ms ago");
  CHECK(Ago(999) == "999ms ago");
  CHECK(Ago(119'999) == "119s ago");
  CHECK(Ago(120'000) == "2m ago");
  CHECK(Ago(3 * 3600'000) == "3h ago");
}

TEST_CASE("a bar has a glyph for each tier and its width is exact", "[locusctl]") {
  CHECK(Drawn(TierBar({50, 25, 0, 0}, 100, 8)) == "████▓▓··");
  CHECK(Drawn(TierBar({25, 25, 50, 0}, 100, 8)) == "██▓▓░░░░");
  CHECK(Drawn(TierBar({0, 0, 0, 100}, 100, 4)) == "▒▒▒▒");
  CHECK(Drawn(TierBar({}, 100, 4)) == "····");
  CHECK(Drawn(TierBar({5, 0, 0, 0}, 0, 4)) == "····");
}

TEST_CASE("a little is still seen, and too much does not overflow", "[locusctl]") {
  CHECK(Drawn(TierBar({1, 0, 1, 0}, 1'000'000, 5)) == "█░···");
  CHECK(Drawn(TierBar({500, 500, 500, 0}, 100, 5)) == "█████");
  for (uint64_t mem = 0; mem <= 30; ++mem) {
    for (uint64_t ssd = 0; ssd <= 30; ++ssd) CHECK(DisplayWidth(Drawn(TierBar({mem, ssd, 3, 0}, 30, 10))) == 10);
  }
}

TEST_CASE("use of a tier is drawn in its own glyph", "[locusctl]") {
  CHECK(Drawn(UsageBar("SSD", 3, 4, 4)) == "▓▓▓·");
  CHECK(Drawn(UsageBar("tier 9", 1, 2, 4)) == "▒▒··");
}
