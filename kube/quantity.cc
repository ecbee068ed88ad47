#include "kube/quantity.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>

#include "common/status.h"

namespace locus::kube {
namespace {

constexpr size_t kMaxText = 64;
// Beyond it every amount is too large for an int64, or a fraction of one.
constexpr int kMaxExponent = 100;
constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// `value` * factor + more, or kMax.
uint64_t SaturatingMultiplyAdd(uint64_t value, uint64_t factor, uint64_t more) {
  if (value != 0 && factor > kMax / value) return kMax;
  const uint64_t product = value * factor;
  return more > kMax - product ? kMax : product + more;
}

// A decimal without sign: its digits, of which the first `point` stand before the decimal point.
struct Decimal {
  std::string digits;
  size_t point = 0;

  // Times ten to the `exponent`.
  void Shift(int exponent) {
    if (exponent >= 0) {
      point += static_cast<size_t>(exponent);
      if (digits.size() < point) digits.append(point - digits.size(), '0');
      return;
    }
    const auto left = static_cast<size_t>(-exponent);
    if (point < left) {
      digits.insert(0, left - point, '0');
      point = left;
    }
    point -= left;
  }

  // Times 1024 to the `power`, rounded up.
  uint64_t Ceiling(int power) const {
    uint64_t whole = 0;
    for (size_t i = 0; i < point; ++i) whole = SaturatingMultiplyAdd(whole, 10, static_cast<uint64_t>(digits[i] - '0'));
    std::string fraction = digits.substr(point);
    for (; power > 0; --power) {
      // As on paper, from the last digit on; what is carried out of the first one is whole.
      uint32_t carry = 0;
      for (auto digit = fraction.rbegin(); digit != fraction.rend(); ++digit) {
        const uint32_t product = static_cast<uint32_t>(*digit - '0') * 1024 + carry;
        *digit = static_cast<char>('0' + product % 10);
        carry = product / 10;
      }
      whole = SaturatingMultiplyAdd(whole, 1024, carry);
    }
    const bool rest = fraction.find_first_not_of('0') != std::string::npos;
    return SaturatingMultiplyAdd(whole, 1, rest ? 1 : 0);
  }
};

struct Scale {
  int ten = 0;
  int binary = 0;
};

std::optional<int> ParseExponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !std::all_of(text.begin(), text.end(), IsDigit)) return std::nullopt;
  int exponent = 0;
  for (const char c : text) exponent = std::min(exponent * 10 + (c - '0'), kMaxExponent);
  return negative ? -exponent : exponent;
}

std::optional<Scale> ParseSuffix(std::string_view suffix) {
  if (suffix.empty()) return Scale{};
  constexpr std::string_view kLarge = "kMGTPE";
  constexpr std::string_view kBinary = "KMGTPE";
  constexpr std::string_view kSmall = "mun";
  if (suffix.size() == 1) {
    if (const size_t at = kLarge.find(suffix[0]); at != std::string_view::npos) return Scale{3 * int(at + 1), 0};
    if (const size_t at = kSmall.find(suffix[0]); at != std::string_view::npos) return Scale{-3 * int(at + 1), 0};
    return std::nullopt;
  }
  if (suffix.size() == 2 && suffix[1] == 'i') {
    if (const size_t at = kBinary.find(suffix[0]); at != std::string_view::npos) return Scale{0, int(at + 1)};
    return std::nullopt;
  }
  if (suffix[0] != 'e' && suffix[0] != 'E') return std::nullopt;
  const std::optional<int> exponent = ParseExponent(suffix.substr(1));
  if (!exponent) return std::nullopt;
  return Scale{*exponent, 0};
}

absl::StatusOr<int64_t> Parse(std::string_view text, int more_tens) {
  const auto strange = [&] {
    return InvalidArgument("'" + std::string(text.substr(0, kMaxText)) + "' is no quantity such as 100m, 0.5 or 1Gi");
  };
  if (text.size() > kMaxText) return strange();
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  Decimal decimal;
  bool pointed = false;
  for (; !rest.empty() && (IsDigit(rest[0]) || (rest[0] == '.' && !pointed)); rest.remove_prefix(1)) {
    if (rest[0] == '.') {
      pointed = true;
      continue;
    }
    decimal.digits += rest[0];
    if (!pointed) ++decimal.point;
  }
  const std::optional<Scale> scale = ParseSuffix(rest);
  if (decimal.digits.empty() || !scale) return strange();
  decimal.Shift(scale->ten + more_tens);
  const uint64_t magnitude = decimal.Ceiling(scale->binary);
  constexpr auto kTop = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (!negative) return static_cast<int64_t>(std::min(magnitude, kTop));
  return magnitude > kTop ? std::numeric_limits<int64_t>::min() : -static_cast<int64_t>(magnitude);
}

}  // namespace

absl::StatusOr<int64_t> ParseQuantity(std::string_view text) { return Parse(text, 0); }

absl::StatusOr<int64_t> ParseMilliQuantity(std::string_view text) { return Parse(text, 3); }

int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

}  // namespace locus::kube
