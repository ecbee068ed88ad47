#include "locusctl/locality.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <span>

#include "common/units.h"
#include "locusctl/figures.h"
#include "locusctl/holder.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

using v1::InputLocality;

// What a person can do about an input without figures.
std::string Advice(const InputLocality& input) {
  switch (input.state()) {
    case InputLocality::UNKNOWN:
      return "No such file or folder at the source. Check the spelling; a glob matches within one path component only.";
    case InputLocality::PENDING:
      return "locus-meta has asked its source and has no answer yet. Ask again in a moment, with a longer "
             "--timeout if it stays so; `locusctl workers` shows whether a worker can answer.";
    case InputLocality::INVALID: return "Write alluxio:///path, /path, or a URI below one of the mounts in meta.yaml.";
    default: return "This locusctl does not know the state that locus-meta gave; use one of the same version.";
  }
}

std::string StateWord(const InputLocality& input) {
  switch (input.state()) {
    case InputLocality::KNOWN: return "known";
    case InputLocality::UNKNOWN: return "unknown";
    case InputLocality::PENDING: return "pending";
    case InputLocality::INVALID: return "invalid";
    default: return "state " + std::to_string(static_cast<int>(input.state()));
  }
}

std::string RenderUnknown(const InputLocality& input, const Style& style) {
  std::string text = Paint(SafeText(input.input()), Ink::kBold, style) + "  " +
                     Paint(StateWord(input), input.state() == InputLocality::PENDING ? Ink::kYellow : Ink::kRed, style);
  if (!input.problem().empty()) text += ": " + SafeText(input.problem());
  return text + "\n  " + Advice(input) + "\n";
}

std::string RenderKnown(const InputLocality& input, const Style& style, size_t max_holders) {
  std::string text = Paint(SafeText(input.input()), Ink::kBold, style) + "  " + FormatBytes(input.length_bytes()) +
                     " in " + Count(input.files(), "file") + ", " + Count(input.blocks(), "block") + "; cached " +
                     FormatBytes(input.cached_bytes()) + " (" + Percent(input.cached_bytes(), input.length_bytes()) +
                     ")\n";
  if (input.holders().empty()) return text + "  No live worker holds any of it.\n";
  Table table({{"NODE", Align::kLeft, true},
               {"ADDRESS", Align::kLeft, true},
               {"MEM", Align::kRight},
               {"SSD", Align::kRight},
               {"HDD", Align::kRight},
               {"OF INPUT", Align::kRight},
               {"", Align::kLeft}});
  std::vector<const v1::HolderLocality*> holders;
  for (const v1::HolderLocality& holder : input.holders()) holders.push_back(&holder);
  std::stable_sort(holders.begin(), holders.end(), [](const auto* a, const auto* b) {
    return FiguresOf(a->tiers()).total() > FiguresOf(b->tiers()).total();
  });
  const auto size = [](uint64_t bytes) { return bytes == 0 ? std::string("-") : FormatBytes(bytes); };
  const size_t shown = std::min(max_holders, holders.size());
  for (const v1::HolderLocality* holder : std::span(holders).first(shown)) {
    const TierFigures tiers = FiguresOf(holder->tiers());
    table.AddRow({NodeCell(holder->node()), SafeText(AddressText(holder->address())), size(tiers.mem), size(tiers.ssd),
                  size(tiers.hdd), Percent(tiers.total(), input.length_bytes()),
                  TierBar(tiers, input.length_bytes(), BarWidth(style))});
  }
  if (shown > 0) text += table.Render(style, "  ");
  if (shown < holders.size()) {
    text +=
        Paint("  and " + Count(holders.size() - shown, shown > 0 ? "more worker" : "worker"), Ink::kDim, style) + "\n";
  }
  return text;
}

}  // namespace

std::string RenderLocality(const v1::GetLocalityResponse& response, const Style& style, size_t max_holders) {
  std::string text;
  bool bars = false;
  for (const InputLocality& input : response.inputs()) {
    if (!text.empty()) text += "\n";
    const bool known = input.state() == InputLocality::KNOWN;
    bars = bars || (known && !input.holders().empty());
    text += known ? RenderKnown(input, style, max_holders) : RenderUnknown(input, style);
  }
  if (bars) text += "\n" + TierLegend(style, "not on this node") + "\n";
  return text + FreshnessLine(response.freshness(), style);
}

nlohmann::ordered_json InputJson(const InputLocality& input) {
  nlohmann::ordered_json entry = {{"input", input.input()},
                                  {"state", StateWord(input)},
                                  {"problem", input.problem()},
                                  {"length_bytes", input.length_bytes()},
                                  {"files", input.files()},
                                  {"blocks", input.blocks()},
                                  {"cached_bytes", input.cached_bytes()},
                                  {"holders", nlohmann::ordered_json::array()}};
  for (const v1::HolderLocality& holder : input.holders()) {
    const TierFigures tiers = FiguresOf(holder.tiers());
    entry["holders"].push_back(
        {{"address", AddressJson(holder.address())}, {"node", holder.node()}, {"bytes", TierJson(tiers)}});
  }
  return entry;
}

std::string LocalityToJson(const v1::GetLocalityResponse& response) {
  nlohmann::ordered_json document;
  document["freshness"] = FreshnessJson(response.freshness());
  document["inputs"] = nlohmann::ordered_json::array();
  for (const InputLocality& input : response.inputs()) document["inputs"].push_back(InputJson(input));
  return ToAscii(document);
}

int RunLocality(const std::vector<std::string>& inputs, LocalitySource& source, const Output& output) {
  const absl::StatusOr<v1::GetLocalityResponse> response = source.GetLocality(inputs);
  if (!response.ok()) return MetaFailed(output, response.status(), "ask for locality", source.address());
  output.out << (output.ForPrograms() ? output.Document(LocalityToJson(*response))
                                      : RenderLocality(*response, output.style));
  const auto known = [](const InputLocality& input) { return input.state() == InputLocality::KNOWN; };
  return std::all_of(response->inputs().begin(), response->inputs().end(), known) ? kOk : kNegative;
}

}  // namespace locus::ctl
