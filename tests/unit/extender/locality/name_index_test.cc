#include "extender/locality/name_index.h"

#include <catch2/catch.hpp>
#include <string>

using locus::extender::NameIndex;

namespace {

struct Names {
  std::vector<std::string> names;
  std::string_view operator()(size_t i) const { return names[i]; }
};

}  // namespace

TEST_CASE("every name is found where it stands, and no other", "[name_index]") {
  for (const size_t count : {1, 2, 7, 8, 100, 5000}) {
    Names names;
    for (size_t i = 0; i < count; ++i) names.names.push_back("node-" + std::to_string(i * 31));
    const auto name_of = [&names](size_t i) { return names(i); };
    const NameIndex index(count, name_of);
    for (size_t i = 0; i < count; ++i) REQUIRE(index.Find(names.names[i], name_of) == i);
    CHECK_FALSE(index.Find("node-1", name_of));
    CHECK_FALSE(index.Find("", name_of));
  }
}

TEST_CASE("an empty index finds nothing", "[name_index]") {
  const auto name_of = [](size_t) { return std::string_view(); };
  CHECK_FALSE(NameIndex().Find("a", name_of));
  CHECK_FALSE(NameIndex(0, name_of).Find("a", name_of));
}

TEST_CASE("of equal names the first counts", "[name_index]") {
  const Names names{{"b", "a", "a"}};
  const auto name_of = [&names](size_t i) { return names(i); };
  CHECK(NameIndex(3, name_of).Find("a", name_of) == 1);
}

TEST_CASE("a copy of an index works with the names of its own list", "[name_index]") {
  const Names names{{"x", "y"}};
  NameIndex copy;
  {
    const Names gone{{"x", "y"}};
    copy = NameIndex(2, [&gone](size_t i) { return gone(i); });
  }
  CHECK(copy.Find("y", [&names](size_t i) { return names(i); }) == 1);
}
