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

}  // namespace

std::string RenderWorkers(const v1::ListWorkersResponse& response, const Style& style) {
  Table table({{"NODE", Align::kLeft, true},
               {"ADDRESS", Align::kLeft, true},
               {"STATE", Align::kLeft},
               {"HEARD", Align::kRight},
               {"BLOCKS", Align::kRight},
               {"LOAD", Align::kRight},
               {"TIER", Align::kLeft},
               {"USED", Align::kLeft},
               {"", Align::kLeft}});
  const size_t bar = BarWidth(style) / 2;
  for (const Worker* worker : Sorted(response)) {
    std::vector<Cell> row = {NodeCell(worker->node()),
                             SafeText(AddressText(worker->address())),
                             Cell(StateWord(worker->state()), StateInk(worker->state())),
                             Ago(worker->last_heard_ms()),
                             std::to_string(worker->blocks()),
                             LoadCell(*worker)};
    if (worker->tiers().empty()) table.AddRow(row);
    for (const v1::TierUsage& tier : worker->tiers()) {
      row.resize(6);
      row.emplace_back(TierName(tier.tier()));
      row.emplace_back(UseText(tier));
      row.push_back(UsageBar(TierName(tier.tier()), tier.used_bytes(), tier.capacity_bytes(), bar));
      table.AddRow(row);
      row.assign(6, Cell(""));
    }
  }
  return table.Render(style) + "\n" + TierLegend(style, "free") + "   LOAD: 0 idle to 1 saturated, - not reported\n" +
         FreshnessLine(response.freshness(), style);
}

std::string WorkersToJson(const v1::ListWorkersResponse& response) {
  nlohmann::ordered_json document;
  document["freshness"] = FreshnessJson(response.freshness());
  document["workers"] = nlohmann::ordered_json::array();
  for (const Worker* worker : Sorted(response)) {
    nlohmann::ordered_json entry = {{"address", AddressJson(worker->address())},
                                    {"node", worker->node()},
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
  if (output.json) {
    output.out << WorkersToJson(*response);
  } else if (any) {
    output.out << RenderWorkers(*response, output.style);
  } else {
    Complain(output, "locus-meta at " + source.address() + " has heard of no worker",
             "Start locus-worker on the nodes with report.target naming this locus-meta; its log tells whether it got "
             "through.");
  }
  return any ? kOk : kNegative;
}

}  // namespace locus::ctl
