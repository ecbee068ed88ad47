#include "locusctl/caches/keep_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "common/units.h"
#include "locusctl/figures.h"
#include "locusctl/holder.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

std::string FailureOf(const KeptOn& worker) { return worker.status.ok() ? "" : MessageOf(worker.status); }

std::vector<Cell> RowOf(const KeptOn& worker) {
  if (!worker.status.ok()) return {Cell(SafeText(worker.name)), Cell("-", Ink::kDim), Cell("failed", Ink::kRed)};
  return {Cell(SafeText(worker.name)), Cell(std::to_string(worker.blocks)), Cell(FormatBytes(worker.bytes))};
}

// What a user may take for granted that is not so.
std::string NoteOf(const KeepPicture& picture) {
  const bool any = std::any_of(picture.workers.begin(), picture.workers.end(),
                               [](const KeptOn& worker) { return worker.status.ok(); });
  if (!any) return "";
  if (picture.blocks() > 0) {
    return picture.verb == KeepVerb::kEvict ? "Pins stay: what is cached again below a pin is kept again." : "";
  }
  switch (picture.verb) {
    case KeepVerb::kPin: return "Nothing of it is cached there yet; what will be is kept. `locusctl load` brings it.";
    case KeepVerb::kUnpin: return "";
    case KeepVerb::kEvict: return "Nothing of it was cached there.";
  }
  return "";
}

}  // namespace

const char* WordOf(KeepVerb verb) {
  switch (verb) {
    case KeepVerb::kPin: return "pin";
    case KeepVerb::kUnpin: return "unpin";
    case KeepVerb::kEvict: return "evict";
  }
  return "";
}

bool KeepPicture::complete() const {
  return std::all_of(workers.begin(), workers.end(), [](const KeptOn& worker) { return worker.status.ok(); });
}

uint64_t KeepPicture::blocks() const {
  uint64_t sum = 0;
  for (const KeptOn& worker : workers) sum += worker.blocks;
  return sum;
}

uint64_t KeepPicture::bytes() const {
  uint64_t sum = 0;
  for (const KeptOn& worker : workers) sum += worker.bytes;
  return sum;
}

std::string KeepFailures(const KeepPicture& picture, const Style& style) {
  std::string text;
  for (const KeptOn& worker : picture.workers) {
    if (worker.status.ok()) continue;
    text += Paint("! " + SafeText(worker.name), Ink::kRed, style) + "  " +
            SafeText(worker.address + ": " + FailureOf(worker)) + "\n";
  }
  return text;
}

std::string RenderKeep(const KeepPicture& picture, const Style& style) {
  Table table({{"NODE", Align::kLeft, true},
               {"BLOCKS", Align::kRight},
               {picture.verb == KeepVerb::kEvict ? "DROPPED" : "PINNED", Align::kRight}});
  for (const KeptOn& worker : picture.workers) table.AddRow(RowOf(worker));
  if (picture.workers.size() > 1) {
    table.AddRow({Cell("all " + Count(picture.workers.size(), "worker")), Cell(std::to_string(picture.blocks())),
                  Cell(FormatBytes(picture.bytes()))});
  }
  std::string text = table.Render(style);
  text += KeepFailures(picture, style);
  if (!picture.left_out.empty()) {
    text += Paint(Count(picture.left_out.size(), "worker") + " without a cache of its own left out, such as " +
                      SafeText(picture.left_out.front()),
                  Ink::kDim, style) +
            "\n";
  }
  const std::string note = NoteOf(picture);
  return note.empty() ? text : text + Paint(note, Ink::kDim, style) + "\n";
}

std::string KeepToJson(const KeepPicture& picture) {
  nlohmann::ordered_json document = {{"verb", WordOf(picture.verb)},   {"path", picture.path},
                                     {"complete", picture.complete()}, {"blocks", picture.blocks()},
                                     {"bytes", picture.bytes()},       {"workers", nlohmann::ordered_json::array()},
                                     {"left_out", picture.left_out}};
  for (const KeptOn& worker : picture.workers) {
    document["workers"].push_back({{"name", worker.name},
                                   {"address", worker.address},
                                   {"blocks", worker.blocks},
                                   {"bytes", worker.bytes},
                                   {"failure", FailureOf(worker)}});
  }
  return ToAscii(document);
}

}  // namespace locus::ctl
