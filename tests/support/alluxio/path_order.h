// The order of a recursive listing: a folder before what is below it, children by name.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace locus::fake_alluxio {

// Compares as if '/' came before every other character, so that a subtree is one stretch of a sorted map.
struct PathLess {
  bool operator()(std::string_view a, std::string_view b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return Weight(x) < Weight(y); });
  }
  static int Weight(char c) { return c == '/' ? -1 : static_cast<unsigned char>(c); }
};

// Strictly below: "/a/b" is below "/a" and below "/", "/a" is not below "/a".
inline bool IsBelow(std::string_view path, std::string_view folder) {
  if (folder == "/") return path.size() > 1;
  return path.size() > folder.size() + 1 && path.substr(0, folder.size()) == folder && path[folder.size()] == '/';
}

// "/" for "/a"; "/" of itself.
inline std::string ParentOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == 0 || slash == std::string_view::npos ? "/" : path.substr(0, slash));
}

inline std::string NameOf(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

inline std::string Join(std::string_view folder, std::string_view name) {
  return std::string(folder == "/" ? "" : folder) + "/" + std::string(name);
}

}  // namespace locus::fake_alluxio
