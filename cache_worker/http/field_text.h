// What several header fields are made of (RFC 9110, section 5.6). Pure.
#pragma once

#include <string_view>
#include <vector>

namespace locus::worker {

// Letters of ASCII.
inline bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// Without the blanks and tabs around it.
inline std::string_view Trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// The elements of a list, trimmed, without the empty ones that a recipient must ignore. A comma within double quotes
// divides nothing.
inline std::vector<std::string_view> SplitList(std::string_view list) {
  std::vector<std::string_view> elements;
  bool quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '"') quoted = !quoted;
    if (i < list.size() && (list[i] != ',' || quoted)) continue;
    const std::string_view element = Trimmed(list.substr(begin, i - begin));
    if (!element.empty()) elements.push_back(element);
    begin = i + 1;
  }
  return elements;
}

}  // namespace locus::worker
