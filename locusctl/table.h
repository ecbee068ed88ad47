// Columns of text for a terminal, with optional colour.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace locus::ctl {

// What the reader's terminal can show.
struct Style {
  bool colour = false;
  // Columns; what is wider is shortened where that is possible.
  size_t width = 100;
};

enum class Ink { kPlain, kBold, kDim, kGreen, kCyan, kYellow, kRed };

// Text of one colour. The text must be safe for a terminal: see SafeText.
struct Span {
  std::string text;
  Ink ink = Ink::kPlain;
};

// What one field of a table shows, in pieces.
struct Cell {
  Cell() = default;
  Cell(std::string text, Ink ink = Ink::kPlain) : spans{{std::move(text), ink}} {}  // NOLINT: a text is a cell
  Cell(const char* text) : Cell(std::string(text)) {}                               // NOLINT
  explicit Cell(std::vector<Span> pieces) : spans(std::move(pieces)) {}
  std::vector<Span> spans;
};

// The text with its colour, or bare when `style` has none.
std::string Paint(std::string_view text, Ink ink, const Style& style);

enum class Align { kLeft, kRight };

struct Column {
  std::string header;
  Align align = Align::kLeft;
  // May be cut (Truncate) when the table is too wide; only cells of one span are.
  bool shrinks = false;
};

// Gathers rows, then lays them out: two spaces between columns, no trailing blanks, a bold header.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Missing cells at the end are empty; further ones are not shown.
  void AddRow(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  // Lines, each ending in a newline and starting with `indent`. Columns that shrink give way, widest first and down to
  // 8, until the lines fit style.width; a table that cannot fit stays wider.
  std::string Render(const Style& style, std::string_view indent = "") const;

 private:
  std::vector<size_t> Widths(const Style& style, size_t indent) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace locus::ctl
