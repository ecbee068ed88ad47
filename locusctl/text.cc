#include "locusctl/text.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "common/utf8.h"

namespace locus::ctl {
namespace {

using CodePointRange = std::pair<uint32_t, uint32_t>;

// Nothing to see, or a change of direction: a name could pose as another one. From Unicode's general category Cf and
// the separators Zl and Zp.
constexpr CodePointRange kUnsafe[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x61C, 0x61C},
                                      {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},
                                      {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0x1D173, 0x1D17A}, {0xE0000, 0xE007F}};

// Combining marks and variation selectors.
constexpr CodePointRange kZeroWidth[] = {{0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},    {0x610, 0x61A},
                                         {0x64B, 0x65F},   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},  {0x20D0, 0x20FF},
                                         {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF}};

// Unicode's East Asian Width W and F, in blocks.
constexpr CodePointRange kWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},  {0x3400, 0x4DBF},
                                    {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},
                                    {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F},
                                    {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

template <size_t N>
bool In(const CodePointRange (&ranges)[N], uint32_t code_point) {
  for (const auto& [first, last] : ranges) {
    if (code_point >= first && code_point <= last) return true;
  }
  return false;
}

size_t WidthOf(uint32_t code_point) { return In(kZeroWidth, code_point) ? 0 : In(kWide, code_point) ? 2 : 1; }

struct Character {
  std::string_view bytes;
  size_t width;
};

std::vector<Character> Split(std::string_view text) {
  std::vector<Character> characters;
  while (!text.empty()) {
    uint32_t code_point = 0;
    size_t length = 1;
    if (!DecodeUtf8(text, &code_point, &length)) length = 1;
    characters.push_back({text.substr(0, length), WidthOf(code_point)});
    text.remove_prefix(length);
  }
  return characters;
}

}  // namespace

std::string SafeText(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  std::array<char, 16> escaped{};
  while (!text.empty()) {
    uint32_t code_point = 0;
    size_t length = 0;
    if (!DecodeUtf8(text, &code_point, &length)) {
      std::snprintf(escaped.data(), escaped.size(), "\\x%02X",
                    static_cast<unsigned>(static_cast<unsigned char>(text[0])));
      safe += escaped.data();
      length = 1;
    } else if (In(kUnsafe, code_point)) {
      std::snprintf(escaped.data(), escaped.size(), "\\u{%X}", code_point);
      safe += escaped.data();
    } else {
      safe += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return safe;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (const Character& c : Split(text)) width += c.width;
  return width;
}

std::string Truncate(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  const std::vector<Character> characters = Split(text);
  const size_t head_width = width / 2;
  const size_t tail_width = width - 1 - head_width;
  size_t head = 0;
  for (size_t used = 0; head < characters.size() && used + characters[head].width <= head_width; ++head) {
    used += characters[head].width;
  }
  size_t tail = characters.size();
  for (size_t used = 0; tail > head && used + characters[tail - 1].width <= tail_width; --tail) {
    used += characters[tail - 1].width;
  }
  // A combining mark without its letter would join the ellipsis.
  while (tail < characters.size() && characters[tail].width == 0) ++tail;
  std::string cut;
  for (size_t i = 0; i < head; ++i) cut += characters[i].bytes;
  cut += "…";
  for (size_t i = tail; i < characters.size(); ++i) cut += characters[i].bytes;
  return cut;
}

std::string Padding(size_t used, size_t width) { return std::string(used < width ? width - used : 0, ' '); }

}  // namespace locus::ctl
