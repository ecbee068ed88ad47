#include "extender/cluster/label_set.h"

#include <catch2/catch.hpp>

using namespace locus::extender;

TEST_CASE("each label is found with its value, and nothing else is", "[labels]") {
  const std::map<std::string, std::string> labels = {
      {"a", "1"}, {"ab", ""}, {"abc", "a"}, {"kubernetes.io/arch", "amd64"}, {"z", "last"}};
  const LabelSet set(labels);
  for (const auto& [key, value] : labels) {
    INFO(key);
    CHECK(set.Find(key) == value);
  }
  for (const char* other : {"", "A", "aa", "abcd", "b", "kubernetes.io/arc", "zz"}) {
    INFO(other);
    CHECK_FALSE(set.Find(other));
  }
  CHECK_FALSE(LabelSet().Find("a"));
}

TEST_CASE("sets with the same text cut at other places differ", "[labels]") {
  using Labels = std::map<std::string, std::string>;
  CHECK(LabelSet(Labels{{"a", "b"}}) == LabelSet(Labels{{"a", "b"}}));
  CHECK_FALSE(LabelSet(Labels{{"ab", ""}}) == LabelSet(Labels{{"a", "b"}}));
}
