// Numbers and bars as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "locusctl/table.h"

namespace locus::ctl {

// Bytes in each tier, fastest first.
struct TierFigures {
  uint64_t mem = 0;
  uint64_t ssd = 0;
  uint64_t hdd = 0;
  // Of a tier that this program does not know.
  uint64_t other = 0;

  uint64_t total() const { return mem + ssd + hdd + other; }
};

// "62.5%". Rounded down, so that 100% means all; "<0.1%" for a little, "-" when there is nothing to take a part of.
std::string Percent(uint64_t part, uint64_t whole);

// "8.59 s", "120 ms", "0 s"; "-" when not a number.
std::string Seconds(double seconds);

// "0.42"; "-" when not a number.
std::string Fraction(double value);

// "340ms ago", "12s ago", "3m ago".
std::string Ago(uint64_t milliseconds);

// "1 file", "3 files".
std::string Count(uint64_t n, std::string_view singular);

// Tiers as a share of `whole` in `width` columns: █ MEM, ▓ SSD, ░ HDD, ▒ other, · the rest. A tier with any byte gets
// at least one column while there is room.
Cell TierBar(const TierFigures& tiers, uint64_t whole, size_t width);

// Use of one tier: its glyph, then · for what is free.
Cell UsageBar(std::string_view tier, uint64_t used, uint64_t capacity, size_t width);

// Columns that a bar gets on this terminal.
size_t BarWidth(const Style& style);

// "█ MEM  ▓ SSD  ░ HDD  · not on this node".
std::string TierLegend(const Style& style, std::string_view rest);

}  // namespace locus::ctl
