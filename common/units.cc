#include "common/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "common/status.h"

namespace locus {
namespace {

// Splits "12.5MiB" into the number and what follows; false when there is no number.
bool SplitNumber(std::string_view text, double& number, std::string_view& unit) {
  // from_chars reads "inf" and "nan" too: a quantity starts with a digit.
  if (text.empty() || text[0] < '0' || text[0] > '9') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return false;
  unit = std::string_view(end, static_cast<size_t>(text.data() + text.size() - end));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  return true;
}

bool ByteFactor(std::string_view unit, double& factor) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},      {"B", 1},        {"KB", 1e3},        {"MB", 1e6},           {"GB", 1e9},
      {"TB", 1e12}, {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}, {"TiB", 1099511627776.0}};
  for (const auto& [name, value] : kUnits) {
    if (name == unit) {
      factor = value;
      return true;
    }
  }
  return false;
}

std::string Quote(std::string_view text) { return "'" + std::string(text) + "'"; }

// "12.50" -> "12.5", "3.00" -> "3".
std::string TrimZeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

absl::StatusOr<uint64_t> ParseBytes(std::string_view text) {
  double number = 0, factor = 0;
  std::string_view unit;
  if (!SplitNumber(text, number, unit) || !ByteFactor(unit, factor)) {
    return InvalidArgument(Quote(text) + " is not a size; write for example 64MiB, 2GB or 65536");
  }
  const double bytes = number * factor;
  // 2^63: more than any disk, and exact in both types.
  if (bytes > 9.2e18) return InvalidArgument(Quote(text) + " is too large a size");
  if (bytes != std::floor(bytes)) return InvalidArgument(Quote(text) + " is not a whole number of bytes");
  return static_cast<uint64_t>(bytes);
}

absl::StatusOr<double> ParseBytesPerSecond(std::string_view text) {
  double number = 0, factor = 0;
  std::string_view unit;
  if (SplitNumber(text, number, unit) && unit.size() > 2 && unit.substr(unit.size() - 2) == "/s") {
    unit.remove_suffix(2);
    static constexpr std::pair<std::string_view, double> kBits[] = {{"Kbit", 1e3}, {"Mbit", 1e6}, {"Gbit", 1e9}};
    for (const auto& [name, value] : kBits) {
      if (name == unit) return number * value / 8;
    }
    if (ByteFactor(unit, factor)) return number * factor;
  }
  return InvalidArgument(Quote(text) + " is not a rate; write for example 1250MB/s or 10Gbit/s");
}

absl::StatusOr<Duration> ParseDuration(std::string_view text) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {{"ns", 1},  {"us", 1e3}, {"ms", 1e6},
                                                                   {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
  double number = 0;
  std::string_view unit;
  if (SplitNumber(text, number, unit)) {
    for (const auto& [name, ns] : kUnits) {
      if (name != unit) continue;
      const double total = number * ns;
      if (total > 10.0 * 366 * 86400 * 1e9) return InvalidArgument(Quote(text) + " is longer than ten years");
      return Duration(std::llround(total));
    }
  }
  return InvalidArgument(Quote(text) + " is not a duration; write for example 250ms, 10s, 5m or 1h");
}

std::string FormatBytes(uint64_t bytes) {
  static constexpr std::array<const char*, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  return TrimZeros(text.data()) + " " + kUnits[unit];
}

std::string FormatDuration(Duration duration) {
  const double ns = static_cast<double>(duration.count());
  static constexpr std::pair<const char*, double> kUnits[] = {{"h", 3600e9}, {"m", 60e9}, {"s", 1e9},
                                                              {"ms", 1e6},   {"us", 1e3}, {"ns", 1}};
  if (ns == 0) return "0s";
  for (const auto& [name, factor] : kUnits) {
    if (ns < factor) continue;
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%.3f", ns / factor);
    return TrimZeros(text.data()) + name;
  }
  return std::to_string(duration.count()) + "ns";
}

}  // namespace locus
