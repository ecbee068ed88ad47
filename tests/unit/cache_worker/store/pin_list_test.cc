#include "cache_worker/store/pin_list.h"

#include <catch2/catch.hpp>

using namespace locus::worker;

namespace {

PinList Pins(const std::vector<std::string>& paths) {
  PinList pins;
  for (const std::string& path : paths) pins.Add(path);
  return pins;
}

}  // namespace

TEST_CASE("a pin holds its path and what lies below it", "[store]") {
  const PinList pins = Pins({"/a/b", "/c"});
  CHECK(pins.Holder("/a/b") == "/a/b");
  CHECK(pins.Holder("/a/b/x/y") == "/a/b");
  CHECK(pins.Holder("/c/x") == "/c");
  for (const char* path : {"/a", "/a/bc", "/a/b.c", "/", "/cc", "/d/a/b"}) CHECK(pins.Holder(path).empty());
  CHECK(Pins({"/"}).Holder("/x/y") == "/");
  CHECK(Pins({}).Holder("/x").empty());
}

TEST_CASE("pins are taken away with those below", "[store]") {
  PinList pins = Pins({"/a", "/a/b", "/a/b/c", "/a/bc", "/ab"});
  pins.RemoveBelow("/a/b");
  CHECK(pins.paths() == std::set<std::string, std::less<>>{"/a", "/a/bc", "/ab"});
  pins.RemoveBelow("/none");
  CHECK(pins.size() == 3);
  pins.RemoveBelow("/");
  CHECK(pins.size() == 0);
}

TEST_CASE("the file of pins gives back what was put in", "[store]") {
  for (const PinList& pins : {Pins({}), Pins({"/"}), Pins({"/a/b", "/\xC3\xA4 b\n", "/c"})}) {
    const auto read = DecodePins(EncodePins(pins));
    REQUIRE(read.ok());
    CHECK(read->paths() == pins.paths());
  }
}

TEST_CASE("the file of pins has the bytes that the document tells", "[store]") {
  const std::string bytes = EncodePins(Pins({"/a"}));
  const std::string expected("LOCUSPIN\x01\0\0\0\x01\0\0\0\x02\0\0\0/a", 22);
  REQUIRE(bytes.size() == 30);
  CHECK(bytes.substr(0, 22) == expected);
}

TEST_CASE("a file of pins that is cut, longer, or changed anywhere is refused", "[store]") {
  const std::string whole = EncodePins(Pins({"/a", "/b/c"}));
  for (size_t length = 0; length < whole.size(); ++length) {
    INFO("cut at " << length);
    CHECK(absl::IsDataLoss(DecodePins(whole.substr(0, length)).status()));
  }
  CHECK(absl::IsDataLoss(DecodePins(whole + "x").status()));
  for (size_t i = 0; i < whole.size(); ++i) {
    INFO("changed at " << i);
    std::string changed = whole;
    changed[i] ^= 0x20;
    CHECK(absl::IsDataLoss(DecodePins(changed).status()));
  }
}
