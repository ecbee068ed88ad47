#include "locusctl/caches/load_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/units.h"
#include "locusctl/figures.h"
#include "locusctl/holder.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

// Problems that a person reads; JSON has all.
constexpr size_t kMaxShown = 20;
// Header, sum, footer.
constexpr size_t kOtherLines = 3;

std::string Tenths(Duration time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1fs", ToSeconds(time));
  return text.data();
}

std::string RateText(double rate) {
  return rate < 1 ? "-" : FormatBytes(static_cast<uint64_t>(std::min(rate, 1e18))) + "/s";
}

// Whole seconds: it changes with each picture.
std::string LeftText(const std::optional<Duration>& left) {
  if (!left) return "-";
  return FormatDuration(std::chrono::ceil<std::chrono::seconds>(*left));
}

std::string DoneText(const LoadFigures& figures) {
  return FormatBytes(figures.bytes_done) + " of " + FormatBytes(figures.bytes_total) + " (" +
         Percent(figures.bytes_done, figures.bytes_total) + ")";
}

Cell StateCell(const NodeLoading& node) {
  if (!node.failure.empty()) return Cell("failed", Ink::kRed);
  if (node.ended) return Cell("done", Ink::kGreen);
  return Cell(LeftText(node.left));
}

std::vector<Cell> Row(std::string name, const LoadFigures& figures, double rate, Cell left, size_t bar) {
  return {Cell(std::move(name)), UsageBar("MEM", figures.bytes_done, figures.bytes_total, bar), Cell(DoneText(figures)),
          Cell(RateText(rate)), std::move(left)};
}

}  // namespace

void LoadFigures::Add(const LoadFigures& other) {
  files_total += other.files_total;
  files_done += other.files_done;
  bytes_total += other.bytes_total;
  bytes_done += other.bytes_done;
  bytes_fetched += other.bytes_fetched;
}

bool LoadPicture::complete() const {
  const bool all = std::all_of(nodes.begin(), nodes.end(),
                               [](const NodeLoading& node) { return node.ended && node.failure.empty(); });
  return all && !stopped && problems.empty() && sum.files_done == sum.files_total;
}

std::string LoadFrame(const LoadPicture& picture, const Style& style, size_t rows) {
  Table table({{"NODE", Align::kLeft, true},
               {"", Align::kLeft},
               {"CACHED", Align::kLeft},
               {"RATE", Align::kRight},
               {"LEFT", Align::kRight}});
  const size_t bar = BarWidth(style);
  const size_t room = rows > kOtherLines + 1 ? rows - kOtherLines - 1 : 0;
  const size_t shown = picture.nodes.size() <= room ? picture.nodes.size() : room > 0 ? room - 1 : 0;
  for (size_t i = 0; i < shown; ++i) {
    const NodeLoading& node = picture.nodes[i];
    table.AddRow(Row(SafeText(node.name), node.figures, node.ended ? 0 : node.rate, StateCell(node), bar));
  }
  if (picture.nodes.size() > 1) {
    table.AddRow(Row("all " + Count(picture.nodes.size(), "node"), picture.sum, picture.rate,
                     Cell(LeftText(picture.left)), bar));
  }
  std::string text = table.Render(style);
  if (shown < picture.nodes.size()) {
    text += Paint("and " + Count(picture.nodes.size() - shown, "more node"), Ink::kDim, style) + "\n";
  }
  const std::string footer = picture.stopped ? "stopping" : "Ctrl-C stops; what is cached stays";
  return text +
         Paint("loading " + SafeText(picture.path) + " for " + Tenths(picture.elapsed) + "; " + footer, Ink::kDim,
               style) +
         "\n";
}

std::string LoadLine(const LoadPicture& picture) {
  return Tenths(picture.elapsed) + "  " + DoneText(picture.sum) + " on " + Count(picture.nodes.size(), "node") + ", " +
         RateText(picture.rate) + ", " + LeftText(picture.left) + " left\n";
}

std::string LoadSummary(const LoadPicture& picture, const Style& style) {
  const LoadFigures& sum = picture.sum;
  const uint64_t found = sum.bytes_done - std::min(sum.bytes_done, sum.bytes_fetched);
  std::string text = SafeText(picture.path) + ": " + DoneText(sum) + " in " + std::to_string(sum.files_done) + " of " +
                     Count(sum.files_total, "file") + " cached on " + Count(picture.nodes.size(), "node") + " in " +
                     Tenths(picture.elapsed) + ": " + FormatBytes(sum.bytes_fetched) + " fetched, " +
                     FormatBytes(found) + " there already\n";
  size_t shown = 0;
  for (const NodeLoading& node : picture.nodes) {
    if (node.failure.empty()) continue;
    text += Paint("! " + SafeText(node.name), Ink::kRed, style) + "  " + SafeText(node.failure) + "\n";
  }
  for (const std::string& problem : picture.problems) {
    if (++shown > kMaxShown) break;
    text += Paint("! ", Ink::kRed, style) + SafeText(problem) + "\n";
  }
  if (picture.problems.size() > kMaxShown) {
    text +=
        Paint("and " + Count(picture.problems.size() - kMaxShown, "more problem") + ": see --json", Ink::kDim, style) +
        "\n";
  }
  if (!picture.complete()) {
    text += Paint(std::string(picture.stopped ? "Stopped. " : "Not complete. ") +
                      "The same command goes on: what is cached is not fetched again.",
                  Ink::kYellow, style) +
            "\n";
  }
  return text;
}

std::string LoadToJson(const LoadPicture& picture) {
  const auto figures = [](const LoadFigures& f) {
    return nlohmann::ordered_json{{"files_total", f.files_total},
                                  {"files_done", f.files_done},
                                  {"bytes_total", f.bytes_total},
                                  {"bytes_done", f.bytes_done},
                                  {"bytes_fetched", f.bytes_fetched}};
  };
  nlohmann::ordered_json document = {{"path", picture.path},        {"complete", picture.complete()},
                                     {"stopped", picture.stopped},  {"elapsed_ms", ToMillis(picture.elapsed).count()},
                                     {"sum", figures(picture.sum)}, {"nodes", nlohmann::ordered_json::array()},
                                     {"problems", picture.problems}};
  for (const NodeLoading& node : picture.nodes) {
    nlohmann::ordered_json entry = {{"name", node.name}, {"address", node.address}};
    entry.update(figures(node.figures));
    entry["failure"] = node.failure;
    document["nodes"].push_back(std::move(entry));
  }
  return ToAscii(document);
}

}  // namespace locus::ctl
