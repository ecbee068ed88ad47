#include "locusctl/workers.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <tuple>

#include "common/units.h"
#include "locusctl/figures.h"
#include "locusctl/holder.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

using v1::Worker;

std::string StateWord(Worker::State state) {
  switch (state) {
    case Worker::LIVE: return "live";
    case Worker::SYNCING: return "syncing";
    case Worker::LOST: return "lost";
    default: return "state " + std::to_string(static_cast<int>(state));
  }
}

Ink StateInk(Worker::State state) {
  return state == Worker::LIVE ? Ink::kGreen : state == Worker::SYNCING ? Ink::kYellow : Ink::kRed;
}

// Empty: locus-meta did not say.
std::string FromWord(Worker::BlocksFrom from) {
  switch (from) {
    case Worker::BLOCKS_FROM_UNSPECIFIED: return "";
    case Worker::REPORT: return "report";
    case Worker::MASTER: return "master";
    default: return "source " + std::to_string(static_cast<int>(from));
  }
}

Cell WorkerNodeCell(const Worker& worker) {
  // Its blocks count for no node: the first thing to mend.
  return worker.node().empty() ? Cell("! NO NODE", Ink::kRed) : NodeCell(worker.node());
}

// A load that the score would feel: see the extender's headroom.
Cell LoadCell(const Worker& worker) {
  if (!worker.has_load()) return Cell("-", Ink::kDim);
  const double load = worker.load().overall();
  return Cell(Fraction(load), load >= 0.9 ? Ink::kRed : load >= 0.6 ? Ink::kYellow : Ink::kPlain);
}

std::string UseText(const v1::TierUsage& tier) {
  return FormatBytes(tier.used_bytes()) + " of " + FormatBytes(tier.capacity_bytes());
}

std::vector<const Worker*> Sorted(const v1::ListWorkersResponse& response) {
  std::vector<const Worker*> workers;
  for (const Worker& worker : response.workers().workers()) workers.push_back(&worker);
  const auto key = [](const Worker& w) {
    return std::make_tuple(w.state() == Worker::LOST, w.node(), w.address().host(), w.address().data_port());
  };
  std::sort(workers.begin(), workers.end(), [&](const Worker* a, const Worker* b) { return key(*a) < key(*b); });
  return workers;
}

nlohmann::ordered_json LoadJson(const Worker& worker) {
  if (!worker.has_load()) return nullptr;
  const v1::NodeLoad& load = worker.load();
  nlohmann::ordered_json json = {{"overall", load.overall()}};
  if (load.has_cpu()) json["cpu"] = load.cpu();
  if (load.has_cpu_pressure()) json["cpu_pressure"] = load.cpu_pressure();
  if (load.has_memory_pressure()) json["memory_pressure"] = load.memory_pressure();
  if (load.has_io_pressure()) json["io_pressure"] = load.io_pressure();
  if (load.has_disk()) json["disk"] = load.disk();
  if (load.has_network()) json["network"] = load.network();
  return json;
}

// Columns whose answer some worker has; the others would only take room.
struct Extras {
  bool matched = false;
  bool from = false;
};

Extras ExtrasOf(const std::vector<const Worker*>& workers) {
  Extras extras;
  for (const Worker* worker : workers) {
    extras.matched = extras.matched || !worker->matched_by().empty();
    extras.from = extras.from || worker->blocks_from() != Worker::BLOCKS_FROM_UNSPECIFIED;
  }
  return extras;
}

Table EmptyTable(const Extras& extras) {
  std::vector<Column> columns = {{"NODE", Align::kLeft, true}};
  if (extras.matched) columns.push_back({"MATCHED BY", Align::kLeft, true});
  columns.insert(
      columns.end(),
      {{"ADDRESS", Align::kLeft, true}, {"STATE", Align::kLeft}, {"HEARD", Align::kRight}, {"BLOCKS", Align::kRight}});
  if (extras.from) columns.push_back({"FROM", Align::kLeft});
  columns.insert(columns.end(),
                 {{"LOAD", Align::kRight}, {"TIER", Align::kLeft}, {"USED", Align::kLeft}, {"", Align::kLeft}});
  return Table(std::move(columns));
}

std::vector<Cell> RowOf(const Worker& worker, const Extras& extras) {
  std::vector<Cell> row = {WorkerNodeCell(worker)};
  const auto or_dash = [](std::string text) { return text.empty() ? Cell("-", Ink::kDim) : Cell(std::move(text)); };
  if (extras.matched) row.push_back(or_dash(SafeText(worker.matched_by())));
  row.emplace_back(SafeText(AddressText(worker.address())));
  row.emplace_back(StateWord(worker.state()), StateInk(worker.state()));
  row.emplace_back(Ago(worker.last_heard_ms()));
  row.emplace_back(std::to_string(worker.blocks()));
  if (extras.from) row.push_back(or_dash(FromWord(worker.blocks_from())));
  row.push_back(LoadCell(worker));
  return row;
}

// What is wrong with which worker; empty when nothing is.
std::string Problems(const std::vector<const Worker*>& workers, const Style& style) {
  std::string text;
  size_t unmatched = 0;
  for (const Worker* worker : workers) {
    unmatched += worker->node().empty() ? 1 : 0;
    if (worker->problem().empty()) continue;
    text += Paint("! " + SafeText(AddressText(worker->address())), Ink::kRed, style) + "  " +
            SafeText(worker->problem()) + "\n";
  }
  if (unmatched > 0) {
    text +=
        Paint(Count(unmatched, "worker") + " on no known node: nothing cached there draws a pod", Ink::kYellow, style) +
        "\n";
  }
  return text.empty() ? "" : text + "\n";
}

}  // namespace

std::string RenderWorkers(const v1::ListWorkersResponse& response, const Style& style) {
  const std::vector<const Worker*> workers = Sorted(response);
  const Extras extras = ExtrasOf(workers);
  Table table = EmptyTable(extras);
  const size_t bar = BarWidth(style) / 2;
  for (const Worker* worker : workers) {
    std::vector<Cell> row = RowOf(*worker, extras);
    const size_t facts = row.size();
    if (worker->tiers().empty()) table.AddRow(row);
    for (const v1::TierUsage& tier : worker->tiers()) {
      row.emplace_back(TierName(tier.tier()));
      row.emplace_back(UseText(tier));
      row.push_back(UsageBar(TierName(tier.tier()), tier.used_bytes(), tier.capacity_bytes(), bar));
      table.AddRow(row);
      row.assign(facts, Cell(""));
    }
  }
  return table.Render(style) + "\n" + Problems(workers, style) + TierLegend(style, "free") +
         "   LOAD: 0 idle to 1 saturated, - not reported\n" + FreshnessLine(response.freshness(), style);
}

std::string WorkersToJson(const v1::ListWorkersResponse& response) {
  nlohmann::ordered_json document;
  document["freshness"] = FreshnessJson(response.freshness());
  document["workers"] = nlohmann::ordered_json::array();
  for (const Worker* worker : Sorted(response)) {
    nlohmann::ordered_json entry = {{"address", AddressJson(worker->address())},
                                    {"node", worker->node()},
                                    {"matched_by", worker->matched_by()},
                                    {"problem", worker->problem()},
                                    {"blocks_from", FromWord(worker->blocks_from())},
                                    {"state", StateWord(worker->state())},
                                    {"last_heard_ms", worker->last_heard_ms()},
                                    {"blocks", worker->blocks()},
                                    {"version", worker->version()},
                                    {"load", LoadJson(*worker)},
                                    {"tiers", nlohmann::ordered_json::array()}};
    for (const v1::TierUsage& tier : worker->tiers()) {
      entry["tiers"].push_back({{"tier", TierName(tier.tier())},
                                {"capacity_bytes", tier.capacity_bytes()},
                                {"used_bytes", tier.used_bytes()}});
    }
    document["workers"].push_back(std::move(entry));
  }
  return ToAscii(document);
}

int RunWorkers(LocalitySource& source, const Output& output) {
  const absl::StatusOr<v1::ListWorkersResponse> response = source.ListWorkers();
  if (!response.ok()) return MetaFailed(output, response.status(), "list workers", source.address());
  const bool any = response->workers().workers_size() > 0;
  if (output.ForPrograms()) {
    output.out << output.Document(WorkersToJson(*response));
  } else if (any) {
    output.out << RenderWorkers(*response, output.style);
  } else {
    Complain(output, "locus-meta at " + source.address() + " has heard of no worker",
             "Start locus-worker on the nodes with report.target naming this locus-meta; its log tells whether it got "
             "through. With an Alluxio master, the log of locus-meta tells whether that was reached.");
  }
  return any ? kOk : kNegative;
}

}  // namespace locus::ctl
