#include "locusctl/watch_screen.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::ctl;

namespace {

// `inputs` with `holders` each, the n-th of which has n MiB of 100.
v1::GetLocalityResponse Picture(int inputs, int holders) {
  v1::GetLocalityResponse picture;
  for (int i = 0; i < inputs; ++i) {
    v1::InputLocality* input = picture.add_inputs();
    input->set_input("/in-" + std::to_string(i));
    input->set_state(v1::InputLocality::KNOWN);
    input->set_length_bytes(100 << 20);
    for (int k = 1; k <= holders; ++k) {
      v1::HolderLocality* holder = input->add_holders();
      holder->set_node("node-" + std::to_string(k));
      v1::TierBytes* tier = holder->add_tiers();
      tier->set_tier(v1::TIER_MEM);
      tier->set_bytes(static_cast<uint64_t>(k) << 20);
    }
  }
  return picture;
}

size_t Lines(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// What a terminal of some height shows after these bytes: the few sequences that a screen may write, and no other.
class Terminal {
 public:
  void Write(const std::string& bytes) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == '\x1b') {
        REQUIRE(bytes[i + 1] == '[');
        const size_t end = bytes.find_first_of("ABCDHJKhl", i + 2);
        REQUIRE(end != std::string::npos);
        Obey(bytes[end], bytes.substr(i + 2, end - i - 2));
        i = end;
      } else if (bytes[i] == '\n') {
        ++row_;
        column_ = 0;
      } else if (bytes[i] == '\r') {
        column_ = 0;
      } else {
        if (row_ >= rows_.size()) rows_.resize(row_ + 1);
        std::string& row = rows_[row_];
        if (column_ < row.size())
          row[column_] = bytes[i];
        else
          row += bytes[i];
        ++column_;
      }
    }
  }
  std::string text() const {
    std::string all;
    for (const std::string& row : rows_) all += row + "\n";
    // Rows that were never written, or erased, cannot be seen.
    while (all.ends_with("\n\n")) all.pop_back();
    return all;
  }

 private:
  void Obey(char command, const std::string& argument) {
    if (rows_.size() <= row_) rows_.resize(row_ + 1);
    if (command == 'A') row_ -= std::stoul(argument);
    if (command == 'K') rows_[row_].resize(std::min(rows_[row_].size(), column_));
    if (command == 'J' && argument.empty()) {
      rows_[row_].resize(std::min(rows_[row_].size(), column_));
      rows_.resize(column_ == 0 ? row_ : row_ + 1);
    }
    if (command == 'J' && argument == "2") rows_.assign(row_ + 1, "");
    if (command == 'H') row_ = column_ = 0;
  }

  std::vector<std::string> rows_;
  size_t row_ = 0;
  size_t column_ = 0;
};

}  // namespace

TEST_CASE("a frame that fits shows all workers and ends in its footer", "[locusctl]") {
  const std::string frame = WatchFrame(Picture(2, 3), "the end", {}, 40);
  CHECK(Lines(frame) <= 40);
  for (const char* part : {"/in-0", "/in-1", "node-1", "node-2", "node-3"}) CHECK(Has(frame, part));
  CHECK_FALSE(Has(frame, "more"));
  CHECK(frame.ends_with("\nthe end\n"));
}

TEST_CASE("a frame never has more lines than the window", "[locusctl]") {
  for (const int inputs : {1, 2, 7, 64}) {
    for (const int holders : {0, 1, 5, 100}) {
      const v1::GetLocalityResponse picture = Picture(inputs, holders);
      for (const size_t rows : {2, 3, 5, 8, 13, 24, 50, 79}) {
        CAPTURE(inputs, holders, rows);
        const std::string frame = WatchFrame(picture, "the end", {}, rows);
        CHECK(Lines(frame) <= rows);
        CHECK(frame.ends_with("the end\n"));
      }
    }
  }
}

TEST_CASE("workers with the fewest bytes give way first, and are counted", "[locusctl]") {
  const std::string frame = WatchFrame(Picture(1, 300), "the end", {}, 12);
  CHECK(Lines(frame) == 12);
  CHECK(Has(frame, "node-300"));
  CHECK(Has(frame, "node-297"));
  CHECK_FALSE(Has(frame, "node-1 "));
  // Title, header, five workers, their rest, blank, legend, freshness, footer.
  CHECK(Has(frame, "  and 295 more workers\n"));
  CHECK(Has(WatchFrame(Picture(64, 1), "the end", {}, 12), " more lines: the window is too low\nthe end\n"));
}

TEST_CASE("each frame takes the place of the one before", "[locusctl]") {
  WatchScreen screen;
  Terminal terminal;
  const Window window{80, 24};
  terminal.Write("$ locusctl watch\n");
  terminal.Write(screen.Draw("one\ntwo longer\nthree\n", window));
  CHECK(terminal.text() == "$ locusctl watch\none\ntwo longer\nthree\n");
  terminal.Write(screen.Draw("uno\ndos\n", window));
  CHECK(terminal.text() == "$ locusctl watch\nuno\ndos\n");
  terminal.Write(screen.Draw("a\nb\nc\nd\n", window));
  CHECK(terminal.text() == "$ locusctl watch\na\nb\nc\nd\n");
}

TEST_CASE("a window of another size starts afresh", "[locusctl]") {
  WatchScreen screen;
  Terminal terminal;
  terminal.Write(screen.Draw("one\ntwo\n", {80, 24}));
  terminal.Write(screen.Draw("three\n", {60, 24}));
  CHECK(terminal.text() == "three\n");
}

TEST_CASE("long lines do not wrap while a frame is drawn, and do again afterwards", "[locusctl]") {
  const std::string bytes = WatchScreen().Draw("line\n", {});
  CHECK(bytes.starts_with("\x1b[?7l"));
  CHECK(bytes.ends_with("\x1b[?7h"));
}
