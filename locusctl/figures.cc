#include "locusctl/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "common/clock.h"
#include "common/units.h"

namespace locus::ctl {
namespace {

struct Glyph {
  const char* tier;
  const char* text;
  Ink ink;
};

constexpr std::array<Glyph, 4> kGlyphs = {
    {{"MEM", "█", Ink::kGreen}, {"SSD", "▓", Ink::kCyan}, {"HDD", "░", Ink::kYellow}, {"other", "▒", Ink::kPlain}}};
constexpr const char* kRest = "·";

std::string Repeat(const char* glyph, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += glyph;
  return text;
}

std::string Short(double value, const char* format) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

}  // namespace

std::string Percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return "-";
  if (part >= whole) return "100%";
  // Rounding error could lift 99.99... to 100.0, hence the cap.
  const double tenths = std::min(999.0, std::floor(1000.0 * static_cast<double>(part) / static_cast<double>(whole)));
  if (part > 0 && tenths < 1) return "<0.1%";
  return Short(tenths / 10, "%.1f") + "%";
}

std::string Seconds(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  if (seconds == 0) return "0 s";
  if (std::abs(seconds) < 0.0995) return Short(seconds * 1000, "%.3g") + " ms";
  return Short(seconds, std::abs(seconds) < 10 ? "%.2f" : "%.1f") + " s";
}

std::string Fraction(double value) { return std::isfinite(value) ? Short(value, "%.2f") : "-"; }

std::string Ago(uint64_t milliseconds) {
  // One unit is enough to judge whether somebody is alive.
  if (milliseconds < 1000) return std::to_string(milliseconds) + "ms ago";
  const uint64_t seconds = milliseconds / 1000;
  if (seconds < 120) return std::to_string(seconds) + "s ago";
  if (seconds < 7200) return std::to_string(seconds / 60) + "m ago";
  return std::to_string(seconds / 3600) + "h ago";
}

std::string Count(uint64_t n, std::string_view singular) {
  return std::to_string(n) + " " + std::string(singular) + (n == 1 ? "" : "s");
}

Cell TierBar(const TierFigures& tiers, uint64_t whole, size_t width) {
  const std::array<uint64_t, 4> bytes = {tiers.mem, tiers.ssd, tiers.hdd, tiers.other};
  std::vector<Span> spans;
  size_t left = width;
  double sum = 0;
  size_t drawn = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == 0 || whole == 0) continue;
    // Cells follow the running sum, so that rounding does not add up over the tiers.
    sum += static_cast<double>(bytes[i]) / static_cast<double>(whole);
    const double until = std::min(1.0, sum) * static_cast<double>(width);
    const auto end = static_cast<size_t>(std::llround(until));
    const size_t cells = std::min(left, std::max<size_t>(1, end > drawn ? end - drawn : 0));
    spans.push_back({Repeat(kGlyphs[i].text, cells), kGlyphs[i].ink});
    drawn += cells;
    left -= cells;
  }
  spans.push_back({Repeat(kRest, left), Ink::kDim});
  return Cell(std::move(spans));
}

Cell UsageBar(std::string_view tier, uint64_t used, uint64_t capacity, size_t width) {
  TierFigures figures;
  if (tier == "MEM") {
    figures.mem = used;
  } else if (tier == "SSD") {
    figures.ssd = used;
  } else if (tier == "HDD") {
    figures.hdd = used;
  } else {
    figures.other = used;
  }
  return TierBar(figures, capacity, width);
}

size_t BarWidth(const Style& style) { return style.width < 90 ? 10 : style.width < 130 ? 20 : 30; }

std::string TierLegend(const Style& style, std::string_view rest) {
  std::string text;
  for (size_t i = 0; i < 3; ++i) {
    text += Paint(kGlyphs[i].text, kGlyphs[i].ink, style) + " " + kGlyphs[i].tier + "  ";
  }
  return text + Paint(kRest, Ink::kDim, style) + " " + std::string(rest);
}

}  // namespace locus::ctl
