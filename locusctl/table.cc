#include "locusctl/table.h"

#include <algorithm>

#include "locusctl/text.h"

namespace locus::ctl {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kMinShrunk = 8;

const char* Code(Ink ink) {
  switch (ink) {
    case Ink::kPlain: return "";
    case Ink::kBold: return "\x1b[1m";
    case Ink::kDim: return "\x1b[2m";
    case Ink::kGreen: return "\x1b[32m";
    case Ink::kCyan: return "\x1b[36m";
    case Ink::kYellow: return "\x1b[33m";
    case Ink::kRed: return "\x1b[31m";
  }
  return "";
}

size_t WidthOf(const Cell& cell) {
  size_t width = 0;
  for (const Span& span : cell.spans) width += DisplayWidth(span.text);
  return width;
}

// One field, padded on the side that its alignment leaves; the last one of a line is not padded on the right.
std::string Field(const Cell& cell, size_t width, Align align, bool last, const Style& style) {
  std::string painted;
  size_t used = 0;
  for (const Span& span : cell.spans) {
    const std::string text = cell.spans.size() == 1 ? Truncate(span.text, width) : span.text;
    used += DisplayWidth(text);
    painted += Paint(text, span.ink, style);
  }
  if (align == Align::kRight) return Padding(used, width) + painted;
  return last ? painted : painted + Padding(used, width);
}

}  // namespace

std::string Paint(std::string_view text, Ink ink, const Style& style) {
  if (!style.colour || ink == Ink::kPlain || text.empty()) return std::string(text);
  return Code(ink) + std::string(text) + "\x1b[0m";
}

std::vector<size_t> Table::Widths(const Style& style, size_t indent) const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(DisplayWidth(column.header));
  for (const std::vector<Cell>& row : rows_) {
    for (size_t i = 0; i < std::min(row.size(), widths.size()); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  size_t total = indent + (widths.empty() ? 0 : kGap * (widths.size() - 1));
  for (const size_t width : widths) total += width;
  while (total > style.width) {
    size_t* widest = nullptr;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (!columns_[i].shrinks || widths[i] <= kMinShrunk) continue;
      if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
    }
    if (widest == nullptr) break;
    --*widest;
    --total;
  }
  return widths;
}

std::string Table::Render(const Style& style, std::string_view indent) const {
  const std::vector<size_t> widths = Widths(style, DisplayWidth(indent));
  std::string out;
  const auto line = [&](const std::vector<Cell>& cells) {
    size_t filled = std::min(cells.size(), columns_.size());
    while (filled > 0 && WidthOf(cells[filled - 1]) == 0) --filled;
    std::string text(filled == 0 ? "" : indent);
    for (size_t i = 0; i < filled; ++i) {
      if (i > 0) text += std::string(kGap, ' ');
      text += Field(cells[i], widths[i], columns_[i].align, i + 1 == filled, style);
    }
    out += text + "\n";
  };
  std::vector<Cell> header;
  for (const Column& column : columns_) header.emplace_back(column.header, Ink::kBold);
  line(header);
  for (const std::vector<Cell>& row : rows_) line(row);
  return out;
}

}  // namespace locus::ctl
