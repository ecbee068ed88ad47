#include "locusctl/text.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;

TEST_CASE("what could steer a terminal becomes visible", "[locusctl]") {
  CHECK(SafeText("node-1") == "node-1");
  CHECK(SafeText("\x1b[2J\x1b]0;owned\x07") == "\\u{1B}[2J\\u{1B}]0;owned\\u{7}");
  CHECK(SafeText("a\r\nb\tc") == "a\\u{D}\\u{A}b\\u{9}c");
  CHECK(SafeText(std::string_view("a\0b", 3)) == "a\\u{0}b");
  CHECK(SafeText("\x7f") == "\\u{7F}");
  // C1: the eight-bit CSI, once as UTF-8 and once as a bare byte.
  CHECK(SafeText("\xC2\x9B"
                 "2J") == "\\u{9B}2J");
  CHECK(SafeText("\x9B"
                 "2J") == "\\x9B2J");
}

TEST_CASE("what hides or turns text around becomes visible", "[locusctl]") {
  CHECK(SafeText("a\xE2\x80\xAE"
                 "b") == "a\\u{202E}b");
  CHECK(SafeText("a\xE2\x80\x8B"
                 "b") == "a\\u{200B}b");
  CHECK(SafeText("\xEF\xBB\xBF") == "\\u{FEFF}");
  CHECK(SafeText("\xE2\x80\xA8") == "\\u{2028}");
}

TEST_CASE("names in any script stay as they are", "[locusctl]") {
  for (const char* text : {"größe", "データ", "данные", "emoji 📦", "e\xCC\x81"}) CHECK(SafeText(text) == text);
}

TEST_CASE("bytes that are no UTF-8 are shown one by one", "[locusctl]") {
  CHECK(SafeText("\xFF\xFE") == "\\xFF\\xFE");
  CHECK(SafeText("a\xC3") == "a\\xC3");
  CHECK(SafeText("\xED\xA0\x80") == "\\xED\\xA0\\x80");
  CHECK(SafeText("\xC0\xAF") == "\\xC0\\xAF");
}

TEST_CASE("width counts columns, not bytes", "[locusctl]") {
  CHECK(DisplayWidth("") == 0);
  CHECK(DisplayWidth("abc") == 3);
  CHECK(DisplayWidth("größe") == 5);
  CHECK(DisplayWidth("データ") == 6);
  CHECK(DisplayWidth("e\xCC\x81") == 1);
  CHECK(DisplayWidth("█▓░·…") == 5);
}

TEST_CASE("a long text loses its middle", "[locusctl]") {
  CHECK(Truncate("short", 5) == "short");
  CHECK(Truncate("ip-10-0-1-23.eu-west-1.compute.internal", 15) == "ip-10-0…nternal");
  CHECK(Truncate("abcdef", 5) == "ab…ef");
  CHECK(Truncate("abcdef", 2) == "a…");
  CHECK(Truncate("abcdef", 1) == "…");
  CHECK(Truncate("abcdef", 0) == "");
}

TEST_CASE("cutting never breaks a character and never exceeds the width", "[locusctl]") {
  const std::string text = "データe\xCC\x81größe📦данные-x";
  for (size_t width = 0; width <= DisplayWidth(text) + 1; ++width) {
    const std::string cut = Truncate(text, width);
    CHECK(DisplayWidth(cut) <= width);
    CHECK(SafeText(cut) == cut);
  }
}
