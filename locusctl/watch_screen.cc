#include "locusctl/watch_screen.h"

#include <algorithm>

#include "locusctl/figures.h"
#include "locusctl/locality.h"

namespace locus::ctl {
namespace {

// ECMA-48, and DEC's private mode 7 for the wrapping of long lines: a wrapped one would stand in two rows.
constexpr const char* kNoWrap = "\x1b[?7l";
constexpr const char* kWrap = "\x1b[?7h";
constexpr const char* kEraseToEndOfLine = "\x1b[K";
constexpr const char* kEraseBelow = "\x1b[J";
constexpr const char* kClear = "\x1b[H\x1b[2J";

size_t Lines(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

// The first `lines` lines.
std::string Head(const std::string& text, size_t lines) {
  size_t end = 0;
  for (size_t i = 0; i < lines && end < text.size(); ++i) end = text.find('\n', end) + 1;
  return text.substr(0, end);
}

}  // namespace

std::string WatchFrame(const v1::GetLocalityResponse& picture, const std::string& footer, const Style& style,
                       size_t rows) {
  const size_t room = rows < 2 ? 1 : rows - 1;
  size_t holders = 0;
  for (const v1::InputLocality& input : picture.inputs()) {
    holders = std::max(holders, static_cast<size_t>(input.holders_size()));
  }
  std::string text = RenderLocality(picture, style, std::min(holders, room));
  if (Lines(text) > room) {
    // The largest number of workers for each input that fits.
    size_t fits = 0;
    for (size_t over = std::min(holders, room); fits + 1 < over;) {
      const size_t middle = (fits + over) / 2;
      (Lines(RenderLocality(picture, style, middle)) <= room ? fits : over) = middle;
    }
    text = RenderLocality(picture, style, fits);
  }
  if (const size_t lines = Lines(text); lines > room) {
    text = Head(text, room - 1) +
           Paint("and " + Count(lines - room + 1, "more line") + ": the window is too low", Ink::kDim, style) + "\n";
  }
  return text + footer + "\n";
}

std::string WatchScreen::Draw(const std::string& frame, const Window& window) {
  std::string bytes = kNoWrap;
  if (window != window_ && lines_ > 0) {
    bytes += kClear;
  } else if (lines_ > 0) {
    bytes += "\x1b[" + std::to_string(lines_) + "A\r";
  }
  for (const char c : frame) {
    if (c == '\n') bytes += kEraseToEndOfLine;
    bytes += c;
  }
  lines_ = Lines(frame);
  window_ = window;
  return bytes + kEraseBelow + kWrap;
}

}  // namespace locus::ctl
