// What several verbs show of the locality protocol: addresses, tiers, freshness.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <nlohmann/json.hpp>
#include <string>

#include "locusctl/figures.h"
#include "proto/locus/v1/types.pb.h"

namespace locus::ctl {

TierFigures FiguresOf(const google::protobuf::RepeatedPtrField<v1::TierBytes>& tiers);

// "MEM", "SSD", "HDD", else "tier N".
std::string TierName(v1::Tier tier);

// host:port, [v6]:port, with the container's address behind it where it differs. Not yet safe for a terminal.
std::string AddressText(const v1::HolderAddress& address);

// A node's name made safe, or a dim note that the worker matches no node.
Cell NodeCell(const std::string& node);

// "epoch 42, 120ms old", with a warning when locus-meta calls its picture stale. Ends in a newline.
std::string FreshnessLine(const v1::Freshness& freshness, const Style& style);

nlohmann::ordered_json FreshnessJson(const v1::Freshness& freshness);
nlohmann::ordered_json AddressJson(const v1::HolderAddress& address);
// {"MEM":N,"SSD":N,"HDD":N}, all three always; "other" only when it is not 0.
nlohmann::ordered_json TierJson(const TierFigures& tiers);

// Indented, ASCII only, bad UTF-8 replaced; ends in a newline.
std::string ToAscii(const nlohmann::ordered_json& document);
// The same in one line.
std::string ToAsciiLine(const nlohmann::ordered_json& document);

}  // namespace locus::ctl
