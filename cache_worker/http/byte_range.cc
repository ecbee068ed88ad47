#include "cache_worker/http/byte_range.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "cache_worker/http/field_text.h"

namespace locus::worker {
namespace {

constexpr std::string_view kUnit = "bytes=";

// Digits only. What no 64 bits hold is beyond the end of everything.
std::optional<uint64_t> ParseDigits(std::string_view text) {
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    const bool fits = value <= (std::numeric_limits<uint64_t>::max() - digit) / 10;
    value = fits ? value * 10 + digit : std::numeric_limits<uint64_t>::max();
  }
  return value;
}

ByteRange Part(uint64_t begin, uint64_t end) { return {ByteRange::Kind::kPart, begin, end}; }

// "-500": the last so many bytes.
ByteRange Suffix(std::string_view digits, uint64_t length) {
  const std::optional<uint64_t> wanted = ParseDigits(digits);
  if (!wanted) return {};
  if (*wanted == 0) return {ByteRange::Kind::kUnsatisfiable, 0, 0};
  // All of nothing: satisfiable, and without a byte that Content-Range could name.
  if (length == 0) return {};
  return Part(length - std::min(length, *wanted), length);
}

}  // namespace

ByteRange ParseRange(std::string_view value, uint64_t length) {
  if (value.size() < kUnit.size() || !EqualsIgnoringCase(value.substr(0, kUnit.size()), kUnit)) return {};
  std::string_view only;
  for (const std::string_view spec : SplitList(value.substr(kUnit.size()))) {
    if (!only.empty()) return {};
    only = spec;
  }
  const size_t dash = only.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view from = only.substr(0, dash), to = only.substr(dash + 1);
  if (from.empty()) return Suffix(to, length);
  const std::optional<uint64_t> first = ParseDigits(from);
  const std::optional<uint64_t> last = to.empty() ? std::numeric_limits<uint64_t>::max() : ParseDigits(to);
  if (!first || !last || *last < *first) return {};
  if (*first >= length) return {ByteRange::Kind::kUnsatisfiable, 0, 0};
  return Part(*first, *last >= length ? length : *last + 1);
}

std::string ContentRange(uint64_t begin, uint64_t end, uint64_t length) {
  return "bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/" + std::to_string(length);
}

std::string UnsatisfiedRange(uint64_t length) { return "bytes */" + std::to_string(length); }

}  // namespace locus::worker
