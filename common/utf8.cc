#include "common/utf8.h"

#include <array>

namespace locus {

bool DecodeUtf8(std::string_view text, uint32_t* code_point, size_t* length) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) {
    *code_point = lead;
    *length = 1;
    return true;
  }
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return false;
  uint32_t value = lead & (0xFFu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return false;
    value = (value << 6) | (byte(i) & 0x3F);
  }
  static constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
  *code_point = value;
  *length = size;
  return true;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    uint32_t code_point = 0;
    size_t length = 0;
    if (!DecodeUtf8(text, &code_point, &length)) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace locus
