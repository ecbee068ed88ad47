#include "common/utf8.h"

#include <catch2/catch.hpp>

using namespace locus;

TEST_CASE("characters of each length are decoded", "[common]") {
  struct Example {
    const char* text;
    uint32_t code_point;
    size_t length;
  };
  // From RFC 3629, section 7, and the ends of each length's range.
  for (const Example& e :
       {Example{"A", 0x41, 1}, Example{"\xC2\x80", 0x80, 2}, Example{"\xDF\xBF", 0x7FF, 2},
        Example{"\xE0\xA0\x80", 0x800, 3}, Example{"\xED\x95\x9C", 0xD55C, 3}, Example{"\xEF\xBF\xBF", 0xFFFF, 3},
        Example{"\xF0\xA3\x8E\xB4", 0x233B4, 4}, Example{"\xF4\x8F\xBF\xBF", 0x10FFFF, 4}}) {
    uint32_t code_point = 0;
    size_t length = 0;
    REQUIRE(DecodeUtf8(e.text, &code_point, &length));
    CHECK(code_point == e.code_point);
    CHECK(length == e.length);
  }
}

TEST_CASE("what is no UTF-8 is recognised", "[common]") {
  for (const char* text :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82", "\xC3("}) {
    INFO(text);
    CHECK_FALSE(IsUtf8(text));
  }
  CHECK(IsUtf8(""));
  CHECK(IsUtf8("gr\xC3\xBC\xC3\x9F"));
  CHECK_FALSE(IsUtf8("good\xFFgood"));
}
