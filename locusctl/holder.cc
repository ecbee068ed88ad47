#include "locusctl/holder.h"

#include "common/units.h"
#include "locusctl/text.h"

namespace locus::ctl {

TierFigures FiguresOf(const google::protobuf::RepeatedPtrField<v1::TierBytes>& tiers) {
  TierFigures figures;
  for (const v1::TierBytes& entry : tiers) {
    switch (entry.tier()) {
      case v1::TIER_MEM: figures.mem += entry.bytes(); break;
      case v1::TIER_SSD: figures.ssd += entry.bytes(); break;
      case v1::TIER_HDD: figures.hdd += entry.bytes(); break;
      default: figures.other += entry.bytes(); break;
    }
  }
  return figures;
}

std::string TierName(v1::Tier tier) {
  switch (tier) {
    case v1::TIER_MEM: return "MEM";
    case v1::TIER_SSD: return "SSD";
    case v1::TIER_HDD: return "HDD";
    default: return "tier " + std::to_string(static_cast<int>(tier));
  }
}

std::string AddressText(const v1::HolderAddress& address) {
  const bool v6 = address.host().find(':') != std::string::npos;
  std::string text = (v6 ? "[" + address.host() + "]" : address.host()) + ":" + std::to_string(address.data_port());
  if (!address.container_host().empty() && address.container_host() != address.host()) {
    text += " (" + address.container_host() + ")";
  }
  return text;
}

Cell NodeCell(const std::string& node) { return node.empty() ? Cell("(no node)", Ink::kDim) : Cell(SafeText(node)); }

std::string FreshnessLine(const v1::Freshness& freshness, const Style& style) {
  const std::string age = FormatDuration(std::chrono::milliseconds(std::min<uint64_t>(freshness.age_ms(), 1ULL << 40)));
  const std::string line = "locus-meta's picture: epoch " + std::to_string(freshness.epoch()) + ", " + age + " old";
  if (!freshness.stale()) return Paint(line, Ink::kDim, style) + "\n";
  return Paint(line + ". STALE: its source is out of reach, the figures may be wrong; see `locusctl workers`.",
               Ink::kYellow, style) +
         "\n";
}

nlohmann::ordered_json FreshnessJson(const v1::Freshness& freshness) {
  return {{"run", std::to_string(freshness.run())},
          {"epoch", freshness.epoch()},
          {"age_ms", freshness.age_ms()},
          {"stale", freshness.stale()}};
}

nlohmann::ordered_json AddressJson(const v1::HolderAddress& address) {
  return {{"host", address.host()}, {"container_host", address.container_host()}, {"data_port", address.data_port()}};
}

nlohmann::ordered_json TierJson(const TierFigures& tiers) {
  nlohmann::ordered_json json = {{"MEM", tiers.mem}, {"SSD", tiers.ssd}, {"HDD", tiers.hdd}};
  if (tiers.other != 0) json["other"] = tiers.other;
  return json;
}

std::string ToAscii(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string ToAsciiLine(const nlohmann::ordered_json& document) {
  return document.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace locus::ctl
