// What a question may name: a file, a folder, or a glob over them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace locus::meta {

// Alternatives that the braces of one component may spread out to.
inline constexpr size_t kMaxAlternatives = 256;

// One name pattern: * any characters, ? one character (a code point of UTF-8), [a-z] [!a-z] [^a-z] one of a set, {a,b}
// either text (may hold the others, may be nested). There is no escape character. Immutable.
class NamePattern {
 public:
  // INVALID_ARGUMENT for an unclosed bracket or brace, or too many alternatives.
  static absl::StatusOr<NamePattern> Parse(std::string_view text);
  bool Matches(std::string_view name) const;
  // Every match starts with it.
  const std::string& prefix() const { return prefix_; }

 private:
  std::vector<std::string> alternatives_;
  std::string prefix_;
};

// A canonical path whose components may hold patterns. Immutable.
class PathPattern {
 public:
  // `path` is canonical but for the patterns. INVALID_ARGUMENT names the component.
  static absl::StatusOr<PathPattern> Parse(std::string_view path);

  // The longest path that holds no pattern: the path itself when it is no glob, else the folder that the first pattern
  // looks into.
  const std::string& literal() const { return literal_; }
  bool is_glob() const { return !rest_.empty(); }
  // The components after literal(), one pattern each.
  const std::vector<NamePattern>& rest() const { return rest_; }

 private:
  std::string literal_;
  std::vector<NamePattern> rest_;
};

}  // namespace locus::meta
