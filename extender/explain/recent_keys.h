// What was told lately, so that it is not told again.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace locus::extender {

// The `capacity` keys that were asked for last. Not thread-safe.
class RecentKeys {
 public:
  explicit RecentKeys(size_t capacity) : capacity_(capacity) {}
  RecentKeys(const RecentKeys&) = delete;
  RecentKeys& operator=(const RecentKeys&) = delete;

  // False: it is among them; it then counts as asked for last.
  bool Add(std::string key) {
    if (const auto found = places_.find(key); found != places_.end()) {
      keys_.splice(keys_.begin(), keys_, found->second);
      return false;
    }
    keys_.push_front(std::move(key));
    // List nodes do not move: the text stays where it is.
    places_.emplace(keys_.front(), keys_.begin());
    if (keys_.size() > capacity_) {
      places_.erase(keys_.back());
      keys_.pop_back();
    }
    return true;
  }

 private:
  const size_t capacity_;
  std::list<std::string> keys_;
  std::unordered_map<std::string_view, std::list<std::string>::iterator> places_;
};

}  // namespace locus::extender
