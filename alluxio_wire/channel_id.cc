#include "alluxio_wire/channel_id.h"

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

}  // namespace locus::alluxio_wire
