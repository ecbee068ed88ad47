#include "locusctl/caches/top_report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/units.h"
#include "locusctl/figures.h"
#include "locusctl/holder.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

constexpr std::array<v1::Tier, 3> kTiers = {v1::TIER_MEM, v1::TIER_SSD, v1::TIER_HDD};
// Header, sum, legend.
constexpr size_t kOtherLines = 3;

uint64_t ServedFrom(const v1::StatusResponse& status, v1::Tier tier) {
  uint64_t bytes = 0;
  for (const v1::TierBytes& served : status.served()) bytes += served.tier() == tier ? served.bytes() : 0;
  return bytes;
}

const v1::TierUsage* UsageOf(const v1::StatusResponse& status, v1::Tier tier) {
  for (const v1::TierUsage& usage : status.tiers()) {
    if (usage.tier() == tier) return &usage;
  }
  return nullptr;
}

std::string PerSecond(double bytes) {
  if (bytes < 0.5) return "-";
  return FormatBytes(static_cast<uint64_t>(std::min(bytes, 1e18))) + "/s";
}

std::string Short(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value >= 100 ? "%.0f" : "%.1f", value);
  return value == 0 ? "-" : text.data();
}

std::string Part(const std::optional<double>& part) {
  if (!part) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f%%", 100 * *part);
  return text.data();
}

// Tiers that some worker has.
std::vector<v1::Tier> TiersOf(const std::vector<TopEntry>& entries) {
  std::vector<v1::Tier> tiers;
  for (const v1::Tier tier : kTiers) {
    const bool had = std::any_of(entries.begin(), entries.end(),
                                 [&](const TopEntry& e) { return e.now && UsageOf(*e.now, tier) != nullptr; });
    if (had) tiers.push_back(tier);
  }
  return tiers;
}

// All workers as if they were one.
TopEntry SumOf(const std::vector<TopEntry>& entries) {
  TopEntry sum;
  sum.name = "all " + Count(entries.size(), "worker");
  return sum;
}

Cell StateCell(const TopEntry& entry) {
  if (!entry.problem.empty()) return Cell("away", Ink::kRed);
  if (!entry.now) return Cell("-", Ink::kDim);
  if (!entry.now->folder_problems().empty()) return Cell("disk fails", Ink::kRed);
  return entry.now->reporting() ? Cell("live", Ink::kGreen) : Cell("silent", Ink::kYellow);
}

Cell UseCell(const v1::StatusResponse& status, v1::Tier tier) {
  const v1::TierUsage* const usage = UsageOf(status, tier);
  if (usage == nullptr) return Cell("-", Ink::kDim);
  return Cell(FormatBytes(usage->used_bytes()) + " of " + FormatBytes(usage->capacity_bytes()));
}

Cell LoadCell(const v1::StatusResponse& status) {
  if (!status.has_load()) return Cell("-", Ink::kDim);
  const double load = status.load().overall();
  return Cell(Fraction(load), load >= 0.9 ? Ink::kRed : load >= 0.6 ? Ink::kYellow : Ink::kPlain);
}

std::string Waiting(uint32_t under_way, uint32_t queued) {
  if (under_way == 0 && queued == 0) return "-";
  return std::to_string(under_way) + (queued > 0 ? " +" + std::to_string(queued) : "");
}

Table EmptyTable(const std::vector<v1::Tier>& tiers) {
  std::vector<Column> columns = {{"NODE", Align::kLeft, true}, {"STATE", Align::kLeft}};
  for (const v1::Tier tier : tiers) columns.push_back({TierName(tier), Align::kRight});
  columns.push_back({"HITS", Align::kRight});
  for (const v1::Tier tier : tiers) columns.push_back({"FROM " + TierName(tier), Align::kRight});
  for (const char* name : {"FROM ORIGIN", "FETCHED", "READERS", "FETCHES", "EVICTED", "LOAD"}) {
    columns.push_back({name, Align::kRight});
  }
  return Table(std::move(columns));
}

void AddRates(const std::optional<TopRates>& rates, const std::vector<v1::Tier>& tiers, std::vector<Cell>& row) {
  row.emplace_back(rates ? Part(rates->hit_rate) : "-");
  for (const v1::Tier tier : tiers) row.emplace_back(rates ? PerSecond(rates->served[tier]) : "-");
  row.emplace_back(rates ? PerSecond(rates->served[0]) : "-");
  row.emplace_back(rates ? PerSecond(rates->fetched) : "-");
}

std::vector<Cell> RowOf(const TopEntry& entry, const std::vector<v1::Tier>& tiers) {
  std::vector<Cell> row = {Cell(SafeText(entry.name)), StateCell(entry)};
  if (!entry.now) return row;
  const v1::StatusResponse& now = *entry.now;
  for (const v1::Tier tier : tiers) row.push_back(UseCell(now, tier));
  const std::optional<TopRates> rates = RatesOf(entry);
  AddRates(rates, tiers, row);
  row.emplace_back(now.readers() == 0 ? "-" : std::to_string(now.readers()));
  row.emplace_back(Waiting(now.fetching(), now.queued()));
  row.emplace_back(rates ? Short(rates->evictions) + (rates->evictions > 0 ? "/s" : "") : "-");
  row.push_back(LoadCell(now));
  return row;
}

// Sums of what adds up. The hit rate weighs each worker by its reads.
std::vector<Cell> SumRow(const std::vector<TopEntry>& entries, const std::vector<v1::Tier>& tiers) {
  std::vector<Cell> row = {Cell(SumOf(entries).name), Cell("")};
  TopRates sum;
  uint64_t hits = 0, asked = 0, readers = 0;
  uint32_t fetching = 0, queued = 0;
  std::array<uint64_t, 4> used{}, capacity{};
  for (const TopEntry& entry : entries) {
    if (!entry.now) continue;
    for (const v1::TierUsage& usage : entry.now->tiers()) {
      const auto tier = static_cast<size_t>(usage.tier());
      if (tier >= used.size()) continue;
      used[tier] += usage.used_bytes();
      capacity[tier] += usage.capacity_bytes();
    }
    readers += entry.now->readers();
    fetching += entry.now->fetching();
    queued += entry.now->queued();
    const std::optional<TopRates> rates = RatesOf(entry);
    if (!rates) continue;
    for (size_t i = 0; i < std::size(sum.served); ++i) sum.served[i] += rates->served[i];
    sum.fetched += rates->fetched;
    sum.evictions += rates->evictions;
    hits += entry.now->hits() - entry.before->hits();
    asked += entry.now->hits() - entry.before->hits() + entry.now->misses() - entry.before->misses();
  }
  if (asked > 0) sum.hit_rate = static_cast<double>(hits) / static_cast<double>(asked);
  for (const v1::Tier tier : tiers) row.emplace_back(FormatBytes(used[tier]) + " of " + FormatBytes(capacity[tier]));
  AddRates(sum, tiers, row);
  row.emplace_back(readers == 0 ? "-" : std::to_string(readers));
  row.emplace_back(Waiting(fetching, queued));
  row.emplace_back(Short(sum.evictions) + (sum.evictions > 0 ? "/s" : ""));
  return row;
}

std::string ProblemLines(const std::vector<TopEntry>& entries, const Style& style, size_t rows) {
  std::string text;
  const auto add = [&](const TopEntry& entry, const std::string& what) {
    if (rows == 0) return;
    --rows;
    text += Paint("! " + SafeText(entry.name), Ink::kRed, style) + "  " + SafeText(what) + "\n";
  };
  for (const TopEntry& entry : entries) {
    if (!entry.problem.empty()) add(entry, entry.address + ": " + entry.problem);
    if (!entry.now) continue;
    for (const std::string& problem : entry.now->folder_problems()) add(entry, problem);
  }
  return text;
}

}  // namespace

std::optional<TopRates> RatesOf(const TopEntry& entry) {
  if (!entry.before || !entry.now || entry.seconds <= 0) return std::nullopt;
  const v1::StatusResponse& before = *entry.before;
  const v1::StatusResponse& now = *entry.now;
  const auto grown = [](uint64_t from, uint64_t to) { return to >= from; };
  TopRates rates;
  for (const v1::Tier tier : {v1::TIER_UNSPECIFIED, v1::TIER_MEM, v1::TIER_SSD, v1::TIER_HDD}) {
    const uint64_t from = ServedFrom(before, tier), to = ServedFrom(now, tier);
    if (!grown(from, to)) return std::nullopt;
    rates.served[tier] = static_cast<double>(to - from) / entry.seconds;
  }
  if (!grown(before.hits(), now.hits()) || !grown(before.misses(), now.misses()) ||
      !grown(before.fetched_bytes(), now.fetched_bytes()) || !grown(before.evictions(), now.evictions())) {
    return std::nullopt;
  }
  const uint64_t hits = now.hits() - before.hits(), asked = hits + now.misses() - before.misses();
  if (asked > 0) rates.hit_rate = static_cast<double>(hits) / static_cast<double>(asked);
  rates.fetched = static_cast<double>(now.fetched_bytes() - before.fetched_bytes()) / entry.seconds;
  rates.evictions = static_cast<double>(now.evictions() - before.evictions()) / entry.seconds;
  return rates;
}

std::string RenderTop(const std::vector<TopEntry>& entries, const Style& style, size_t rows) {
  const std::vector<v1::Tier> tiers = TiersOf(entries);
  Table table = EmptyTable(tiers);
  const size_t room = rows > kOtherLines ? rows - kOtherLines : 1;
  const bool all = entries.size() <= room;
  const size_t shown = all ? entries.size() : room - 1;
  for (size_t i = 0; i < shown; ++i) table.AddRow(RowOf(entries[i], tiers));
  if (entries.size() > 1) table.AddRow(SumRow(entries, tiers));
  std::string text = table.Render(style);
  if (!all) text += Paint("and " + Count(entries.size() - shown, "more worker"), Ink::kDim, style) + "\n";
  text += ProblemLines(entries, style, room - std::min(room, shown));
  return text;
}

std::string TopToJson(const std::vector<TopEntry>& entries) {
  nlohmann::ordered_json document;
  document["workers"] = nlohmann::ordered_json::array();
  for (const TopEntry& entry : entries) {
    nlohmann::ordered_json json = {{"name", entry.name}, {"address", entry.address}, {"problem", entry.problem}};
    json["seconds"] = entry.seconds;
    if (entry.now) {
      json["readers"] = entry.now->readers();
      json["fetching"] = entry.now->fetching();
      json["queued"] = entry.now->queued();
      json["blocks"] = entry.now->blocks();
      json["pinned_bytes"] = entry.now->pinned_bytes();
      json["folder_problems"] = entry.now->folder_problems();
      json["load"] = entry.now->has_load() ? nlohmann::ordered_json(entry.now->load().overall()) : nullptr;
      json["tiers"] = nlohmann::ordered_json::array();
      for (const v1::TierUsage& usage : entry.now->tiers()) {
        json["tiers"].push_back({{"tier", TierName(usage.tier())},
                                 {"capacity_bytes", usage.capacity_bytes()},
                                 {"used_bytes", usage.used_bytes()}});
      }
    }
    json["rates"] = nullptr;
    if (const std::optional<TopRates> rates = RatesOf(entry)) {
      json["rates"] = {{"hit_rate", rates->hit_rate ? nlohmann::ordered_json(*rates->hit_rate) : nullptr},
                       {"served_bytes",
                        {{"ORIGIN", rates->served[0]},
                         {"MEM", rates->served[v1::TIER_MEM]},
                         {"SSD", rates->served[v1::TIER_SSD]},
                         {"HDD", rates->served[v1::TIER_HDD]}}},
                       {"fetched_bytes", rates->fetched},
                       {"evictions", rates->evictions}};
    }
    document["workers"].push_back(std::move(json));
  }
  return ToAscii(document);
}

}  // namespace locus::ctl
