// The labels of one node, in two blocks of memory: 5,000 nodes with 30 labels each are 10 MB, as maps they are 40.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace locus::extender {

// Immutable; copies are independent.
class LabelSet {
 public:
  LabelSet() = default;
  explicit LabelSet(const std::map<std::string, std::string>& labels);

  // Valid as long as the set. Empty: there is no such label.
  std::optional<std::string_view> Find(std::string_view key) const;
  bool operator==(const LabelSet&) const = default;

 private:
  // Where a key and its value begin in `text_`; each ends where the next thing begins.
  struct Place {
    uint32_t key = 0;
    uint32_t value = 0;
    bool operator==(const Place&) const = default;
  };

  std::string_view Key(size_t i) const;
  std::string_view Value(size_t i) const;

  std::string text_;
  // By key.
  std::vector<Place> places_;
};

}  // namespace locus::extender
