#include "alluxio_meta/index/path_pattern.h"

#include <algorithm>

#include "common/status.h"

namespace locus::meta {
namespace {

constexpr std::string_view kSpecial = "*?[{";

// Reads one code point; a byte that starts none stands for itself.
char32_t NextCodePoint(std::string_view text, size_t* at) {
  const auto lead = static_cast<unsigned char>(text[*at]);
  const size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t value = length == 1 ? lead : lead & (0x7FU >> length);
  ++*at;
  for (size_t i = 1; i < length && *at < text.size() && (static_cast<unsigned char>(text[*at]) & 0xC0U) == 0x80; ++i) {
    value = (value << 6) | (static_cast<unsigned char>(text[(*at)++]) & 0x3FU);
  }
  return value;
}

// Where the set that opens at `open` closes; npos when it does not. A ']' that comes first is a member.
size_t SetEnd(std::string_view pattern, size_t open) {
  size_t first = open + 1;
  if (first < pattern.size() && (pattern[first] == '!' || pattern[first] == '^')) ++first;
  return pattern.find(']', first + 1);
}

bool InSet(std::string_view members, char32_t c) {
  size_t at = 0;
  const bool negated = members[0] == '!' || members[0] == '^';
  if (negated) at = 1;
  bool found = false;
  while (at < members.size()) {
    const char32_t low = NextCodePoint(members, &at);
    char32_t high = low;
    if (at + 1 < members.size() && members[at] == '-') {
      ++at;
      high = NextCodePoint(members, &at);
    }
    found = found || (low <= c && c <= high);
  }
  return found != negated;
}

// Matches without braces. Only the last '*' needs to be tried again: linear in practice, never exponential.
bool MatchesSimple(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0;
  size_t star = std::string_view::npos, retry = 0;
  while (n < name.size()) {
    size_t next_n = n;
    const char32_t c = NextCodePoint(name, &next_n);
    size_t next_p = p;
    bool fits = false;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
      continue;
    }
    if (p < pattern.size() && pattern[p] == '?') {
      fits = true;
      next_p = p + 1;
    } else if (p < pattern.size() && pattern[p] == '[') {
      const size_t end = SetEnd(pattern, p);
      fits = InSet(pattern.substr(p + 1, end - p - 1), c);
      next_p = end + 1;
    } else if (p < pattern.size()) {
      fits = NextCodePoint(pattern, &next_p) == c;
    }
    if (fits) {
      p = next_p;
      n = next_n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      NextCodePoint(name, &retry);
      n = retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// Splits {a,b{c,d}} into its parts at the outer commas; `open` is the brace's place. npos end: not closed.
std::vector<std::string_view> SplitBrace(std::string_view text, size_t open, size_t* end) {
  std::vector<std::string_view> parts;
  size_t depth = 0, from = open + 1;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == ',' && depth == 1) {
      parts.push_back(text.substr(from, i - from));
      from = i + 1;
    }
    if (text[i] == '}' && --depth == 0) {
      parts.push_back(text.substr(from, i - from));
      *end = i;
      return parts;
    }
  }
  *end = std::string_view::npos;
  return parts;
}

// Where the first '{' outside of a set stands.
size_t FindBrace(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') return i;
    if (text[i] != '[') continue;
    const size_t end = SetEnd(text, i);
    if (end != std::string_view::npos) i = end;
  }
  return std::string_view::npos;
}

absl::Status CheckSets(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '[') continue;
    const size_t end = SetEnd(text, i);
    if (end == std::string_view::npos) return InvalidArgument("'[' is not closed by ']'");
    i = end;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> SpreadBraces(std::string_view text) {
  std::vector<std::string> done, open = {std::string(text)};
  while (!open.empty()) {
    const std::string current = std::move(open.back());
    open.pop_back();
    const size_t brace = FindBrace(current);
    if (brace == std::string::npos) {
      LOCUS_RETURN_IF_ERROR(CheckSets(current));
      done.push_back(current);
    } else {
      size_t end = 0;
      for (const std::string_view part : SplitBrace(current, brace, &end)) {
        if (end != std::string_view::npos) {
          open.push_back(current.substr(0, brace).append(part).append(current.substr(end + 1)));
        }
      }
      if (end == std::string_view::npos) return InvalidArgument("'{' is not closed by '}'");
    }
    if (done.size() + open.size() > kMaxAlternatives) {
      return InvalidArgument("the braces spread out to more than " + std::to_string(kMaxAlternatives) +
                             " alternatives");
    }
  }
  return done;
}

}  // namespace

absl::StatusOr<NamePattern> NamePattern::Parse(std::string_view text) {
  NamePattern pattern;
  LOCUS_ASSIGN_OR_RETURN(pattern.alternatives_, SpreadBraces(text));
  pattern.prefix_ = pattern.alternatives_.front().substr(0, pattern.alternatives_.front().find_first_of("*?["));
  for (const std::string& a : pattern.alternatives_) {
    const std::string_view literal = std::string_view(a).substr(0, a.find_first_of("*?["));
    const auto [mine, other] =
        std::mismatch(pattern.prefix_.begin(), pattern.prefix_.end(), literal.begin(), literal.end());
    pattern.prefix_.erase(mine, pattern.prefix_.end());
  }
  return pattern;
}

bool NamePattern::Matches(std::string_view name) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const std::string& a) { return MatchesSimple(a, name); });
}

absl::StatusOr<PathPattern> PathPattern::Parse(std::string_view path) {
  PathPattern pattern;
  const size_t special = path.find_first_of(kSpecial);
  if (special == std::string_view::npos) {
    pattern.literal_ = std::string(path);
    return pattern;
  }
  const size_t slash = path.rfind('/', special);
  pattern.literal_ = slash == 0 ? "/" : std::string(path.substr(0, slash));
  std::string_view rest = path.substr(slash + 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view component = rest.substr(0, end);
    absl::StatusOr<NamePattern> name = NamePattern::Parse(component);
    if (!name.ok()) return Annotate(name.status(), "in '" + std::string(component) + "'");
    pattern.rest_.push_back(std::move(name).value());
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return pattern;
}

}  // namespace locus::meta
