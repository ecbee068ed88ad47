#include "alluxio_wire/channel_id.h"

#include <array>
#include <cstdint>

namespace locus::alluxio_wire {
namespace {

void AppendHex(uint64_t bits, int digits, std::string& text) {
  for (int i = digits - 1; i >= 0; --i) text += "0123456789abcdef"[(bits >> (4 * i)) & 0xF];
}

}  // namespace

std::string ChannelIds::Next() {
  constexpr uint64_t kVersion4 = 0x4000;
  constexpr uint64_t kVariant = 0x8000;
  const uint64_t high = random_();
  const uint64_t low = random_();
  std::string text;
  AppendHex(high >> 32, 8, text);
  text += '-';
  AppendHex(high >> 16, 4, text);
  text += '-';
  AppendHex((high & 0x0FFF) | kVersion4, 4, text);
  text += '-';
  AppendHex(((low >> 48) & 0x3FFF) | kVariant, 4, text);
  text += '-';
  AppendHex(low, 12, text);
  return text;
}

std::string CanonicalChannelId(std::string_view text) {
  constexpr std::array<size_t, 5> kGroups = {8, 4, 4, 4, 12};
  std::string id;
  for (size_t i = 0; i < kGroups.size(); ++i) {
    const bool last = i + 1 == kGroups.size();
    const size_t end = last ? text.size() : text.find('-');
    if (end == std::string_view::npos || end == 0 || end > kGroups[i]) return "";
    if (i > 0) id += '-';
    id.append(kGroups[i] - end, '0');
    for (const char c : text.substr(0, end)) {
      const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      if ((lower < '0' || lower > '9') && (lower < 'a' || lower > 'f')) return "";
      id += lower;
    }
    text.remove_prefix(last ? end : end + 1);
  }
  return id;
}

}  // namespace locus::alluxio_wire
