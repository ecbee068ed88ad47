#include "extender/cluster/label_set.h"

#include <algorithm>

namespace locus::extender {

LabelSet::LabelSet(const std::map<std::string, std::string>& labels) {
  size_t bytes = 0;
  for (const auto& [key, value] : labels) bytes += key.size() + value.size();
  text_.reserve(bytes);
  places_.reserve(labels.size());
  for (const auto& [key, value] : labels) {
    Place place;
    place.key = static_cast<uint32_t>(text_.size());
    text_ += key;
    place.value = static_cast<uint32_t>(text_.size());
    text_ += value;
    places_.push_back(place);
  }
}

std::optional<std::string_view> LabelSet::Find(std::string_view key) const {
  size_t low = 0;
  size_t high = places_.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const int order = Key(middle).compare(key);
    if (order == 0) return Value(middle);
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return std::nullopt;
}

std::string_view LabelSet::Key(size_t i) const {
  return std::string_view(text_).substr(places_[i].key, places_[i].value - places_[i].key);
}

std::string_view LabelSet::Value(size_t i) const {
  const size_t end = i + 1 < places_.size() ? places_[i + 1].key : text_.size();
  return std::string_view(text_).substr(places_[i].value, end - places_[i].value);
}

}  // namespace locus::extender
