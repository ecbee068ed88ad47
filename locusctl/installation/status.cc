#include "locusctl/installation/status.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "common/units.h"
#include "locusctl/figures.h"
#include "locusctl/holder.h"
#include "locusctl/installation/troubles.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 3> kTiers = {"MEM", "SSD", "HDD"};

struct WorkerSums {
  size_t live = 0, syncing = 0, lost = 0, unmatched = 0;
  uint64_t blocks = 0;
  std::map<std::string, TierFact> tiers;
};

// Lost workers' blocks and bytes do not count.
WorkerSums SumsOf(const std::vector<CacheWorker>& workers) {
  WorkerSums sums;
  for (const CacheWorker& worker : workers) {
    sums.unmatched += worker.node.empty() ? 1 : 0;
    if (worker.state == CacheWorker::State::kLost) {
      ++sums.lost;
      continue;
    }
    ++(worker.state == CacheWorker::State::kLive ? sums.live : sums.syncing);
    sums.blocks += worker.blocks;
    for (const TierFact& tier : worker.tiers) {
      TierFact& sum = sums.tiers[tier.tier];
      sum.tier = tier.tier;
      sum.used_bytes += tier.used_bytes;
      sum.capacity_bytes += tier.capacity_bytes;
    }
  }
  return sums;
}

// Known tiers by speed, then the others.
std::vector<TierFact> InOrder(const WorkerSums& sums) {
  std::vector<TierFact> tiers;
  for (const char* name : kTiers) {
    if (const auto found = sums.tiers.find(name); found != sums.tiers.end()) tiers.push_back(found->second);
  }
  for (const auto& [name, tier] : sums.tiers) {
    if (std::find(kTiers.begin(), kTiers.end(), name) == kTiers.end()) tiers.push_back(tier);
  }
  return tiers;
}

Cell StateCell(bool well, bool away = false) {
  return well ? Cell("well", Ink::kGreen) : away ? Cell("away", Ink::kRed) : Cell("degraded", Ink::kYellow);
}

std::string Versioned(const std::string& version) { return version.empty() ? "" : SafeText(version) + ", "; }

std::string ExtenderText(const ExtenderFacts& extender) {
  std::string text = Versioned(extender.version) + "since " + SafeText(extender.started) + "; metadata ";
  text += extender.metadata_age_ms ? "heard " + Ago(*extender.metadata_age_ms) : std::string("never heard");
  if (!extender.cluster_asked) return text + "; asks no API server";
  text += extender.cluster_synced ? "; cluster synced" : "; cluster not listed yet";
  return text + (extender.leads ? "; leads the gate" : "");
}

std::string MetaText(const MetaFacts& meta) {
  return "epoch " + std::to_string(meta.epoch) + ", heard " + Ago(meta.age_ms) + "; " +
         Count(meta.workers.size(), "worker") + ", " + Count(meta.mounts, "mount");
}

std::string GateText(const InstallationFacts& facts) {
  for (const ExtenderFacts& extender : facts.extenders) {
    if (!extender.leader.empty()) return "led by " + SafeText(extender.leader);
  }
  return "led by nobody";
}

std::string DecisionsText(const std::vector<OutcomeFact>& outcomes) {
  std::string text;
  for (const OutcomeFact& outcome : outcomes) {
    text += (text.empty() ? "" : ", ") + std::to_string(outcome.count) + " " + SafeText(outcome.outcome);
  }
  return text.empty() ? "none since the start" : text;
}

bool Has(const std::vector<Trouble>& troubles, std::string_view part) {
  return std::any_of(troubles.begin(), troubles.end(), [&](const Trouble& trouble) { return trouble.part == part; });
}

Table PartsTable(const InstallationFacts& facts, const std::vector<Trouble>& troubles) {
  Table table({{"PART", Align::kLeft}, {"AT", Align::kLeft, true}, {"STATE", Align::kLeft}, {"", Align::kLeft, true}});
  for (const ExtenderFacts& extender : facts.extenders) {
    const bool away = !extender.problem.empty();
    const bool well = !away && extender.degraded.empty();
    table.AddRow({"extender", SafeText(extender.url), StateCell(well, away),
                  away ? SafeText(extender.problem) : ExtenderText(extender)});
  }
  for (const MetaFacts& meta : facts.metas) {
    const bool away = !meta.problem.empty();
    const bool well = !away && !meta.stale && meta.mounts_problem.empty();
    table.AddRow(
        {"meta", SafeText(meta.address), StateCell(well, away), away ? SafeText(meta.problem) : MetaText(meta)});
  }
  const std::vector<CacheWorker> workers = WorkersOf(facts);
  const WorkerSums sums = SumsOf(workers);
  std::string states = std::to_string(sums.live) + " live";
  if (sums.syncing > 0) states += ", " + std::to_string(sums.syncing) + " syncing";
  if (sums.lost > 0) states += ", " + std::to_string(sums.lost) + " lost";
  if (sums.unmatched > 0) states += ", " + std::to_string(sums.unmatched) + " without a node";
  table.AddRow({"workers", std::to_string(workers.size()), StateCell(!Has(troubles, "workers") && !workers.empty()),
                states + "; " + Count(sums.blocks, "block")});
  const bool gated = std::any_of(facts.extenders.begin(), facts.extenders.end(),
                                 [](const ExtenderFacts& extender) { return extender.cluster_asked; });
  if (gated) table.AddRow({"gate", "", StateCell(!Has(troubles, "gate")), GateText(facts)});
  uint64_t decisions = 0;
  const std::vector<OutcomeFact> outcomes = OutcomesOf(facts);
  for (const OutcomeFact& outcome : outcomes) decisions += outcome.count;
  table.AddRow({"decisions", std::to_string(decisions), "", DecisionsText(outcomes)});
  return table;
}

std::string CacheTable(const InstallationFacts& facts, const Style& style) {
  Table table({{"CACHE", Align::kLeft}, {"USED", Align::kLeft}, {"", Align::kRight}, {"", Align::kLeft}});
  for (const TierFact& tier : InOrder(SumsOf(WorkersOf(facts)))) {
    table.AddRow({SafeText(tier.tier), FormatBytes(tier.used_bytes) + " of " + FormatBytes(tier.capacity_bytes),
                  Percent(tier.used_bytes, tier.capacity_bytes),
                  UsageBar(tier.tier, tier.used_bytes, tier.capacity_bytes, BarWidth(style))});
  }
  return table.empty() ? "" : "\n" + table.Render(style);
}

Json AgeJson(const std::optional<uint64_t>& age) { return age ? Json(*age) : Json(nullptr); }

Json ExtenderJson(const ExtenderFacts& extender) {
  Json json = {{"url", extender.url}, {"problem", extender.problem}};
  if (!extender.problem.empty()) return json;
  json.update({{"version", extender.version},
               {"started", extender.started},
               {"metadata_connected", extender.metadata_connected},
               {"metadata_age_ms", AgeJson(extender.metadata_age_ms)},
               {"cluster_asked", extender.cluster_asked},
               {"cluster_synced", extender.cluster_synced},
               {"cluster_age_ms", AgeJson(extender.cluster_age_ms)},
               {"leads", extender.leads},
               {"leader", extender.leader},
               {"degraded", Json::array()}});
  for (const DegradedFact& fact : extender.degraded) {
    json["degraded"].push_back({{"part", fact.part},
                                {"reason", fact.reason},
                                {"since", fact.since.empty() ? Json(nullptr) : Json(fact.since)},
                                {"text", fact.text}});
  }
  return json;
}

Json MetaJson(const MetaFacts& meta) {
  Json json = {{"address", meta.address}, {"problem", meta.problem}};
  if (!meta.problem.empty()) return json;
  json.update({{"epoch", meta.epoch},
               {"age_ms", meta.age_ms},
               {"stale", meta.stale},
               {"workers", meta.workers.size()},
               {"mounts", meta.mounts},
               {"mounts_problem", meta.mounts_problem}});
  return json;
}

}  // namespace

std::string RenderStatus(const InstallationFacts& facts, const Style& style) {
  const std::vector<Trouble> troubles = TroublesOf(facts);
  std::string text = PartsTable(facts, troubles).Render(style) + CacheTable(facts, style);
  for (const Trouble& trouble : troubles) {
    text += "\n" + Paint("! " + SafeText(trouble.what), Ink::kYellow, style);
    if (!trouble.since.empty()) text += "  (since " + SafeText(trouble.since) + ")";
    text += "\n  -> " + SafeText(trouble.next) + "\n";
  }
  return text;
}

std::string StatusToJson(const InstallationFacts& facts) {
  const std::vector<Trouble> troubles = TroublesOf(facts);
  const WorkerSums sums = SumsOf(WorkersOf(facts));
  Json document = {{"state", troubles.empty() ? "well" : "degraded"},
                   {"extenders", Json::array()},
                   {"metas", Json::array()},
                   {"workers",
                    {{"live", sums.live},
                     {"syncing", sums.syncing},
                     {"lost", sums.lost},
                     {"without_node", sums.unmatched},
                     {"blocks", sums.blocks},
                     {"tiers", Json::array()}}},
                   {"decisions", Json::object()},
                   {"troubles", Json::array()}};
  for (const ExtenderFacts& extender : facts.extenders) document["extenders"].push_back(ExtenderJson(extender));
  for (const MetaFacts& meta : facts.metas) document["metas"].push_back(MetaJson(meta));
  for (const TierFact& tier : InOrder(sums)) {
    document["workers"]["tiers"].push_back(
        {{"tier", tier.tier}, {"capacity_bytes", tier.capacity_bytes}, {"used_bytes", tier.used_bytes}});
  }
  for (const OutcomeFact& outcome : OutcomesOf(facts)) document["decisions"][outcome.outcome] = outcome.count;
  for (const Trouble& trouble : troubles) {
    document["troubles"].push_back(
        {{"part", trouble.part}, {"what", trouble.what}, {"since", trouble.since}, {"next", trouble.next}});
  }
  return ToAscii(document);
}

int RunStatus(const InstallationSources& sources, const Output& output) {
  const InstallationFacts facts = AskInstallation(sources);
  output.out << (output.ForPrograms() ? output.Document(StatusToJson(facts)) : RenderStatus(facts, output.style));
  return TroublesOf(facts).empty() ? kOk : kNegative;
}

}  // namespace locus::ctl
