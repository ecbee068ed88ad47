#include "locusctl/decision_json.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "common/status.h"

namespace locus::ctl {
namespace {

using Json = nlohmann::json;

// Absent and ill-typed members alike give the fallback: what is there is shown.
const Json& Member(const Json& object, const char* key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

std::string Text(const Json& object, const char* key) {
  const Json& value = Member(object, key);
  return value.is_string() ? value.get<std::string>() : "";
}

uint64_t Unsigned(const Json& object, const char* key) {
  const Json& value = Member(object, key);
  if (value.is_number_unsigned()) return value.get<uint64_t>();
  // A counter that another encoder wrote as 1.5e9.
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number >= 0 && number < 1.8e19) return static_cast<uint64_t>(number);
  }
  return 0;
}

int64_t Whole(const Json& object, const char* key) {
  const Json& value = Member(object, key);
  return value.is_number_integer() ? value.get<int64_t>() : 0;
}

double Real(const Json& object, const char* key) {
  const Json& value = Member(object, key);
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

bool Flag(const Json& object, const char* key, bool fallback) {
  const Json& value = Member(object, key);
  return value.is_boolean() ? value.get<bool>() : fallback;
}

std::vector<std::string> Texts(const Json& object, const char* key) {
  std::vector<std::string> texts;
  const Json& list = Member(object, key);
  if (!list.is_array()) return texts;
  for (const Json& entry : list) {
    if (entry.is_string()) texts.push_back(entry.get<std::string>());
  }
  return texts;
}

// The objects of a list; what else is in it is passed over.
std::vector<const Json*> Objects(const Json& object, const char* key) {
  std::vector<const Json*> objects;
  const Json& list = Member(object, key);
  if (!list.is_array()) return objects;
  for (const Json& entry : list) {
    if (entry.is_object()) objects.push_back(&entry);
  }
  return objects;
}

TierFigures Tiers(const Json& object, const char* key) {
  TierFigures figures;
  const Json& tiers = Member(object, key);
  if (!tiers.is_object()) return figures;
  for (const auto& [tier, unused] : tiers.items()) {
    uint64_t& place = tier == "MEM"   ? figures.mem
                      : tier == "SSD" ? figures.ssd
                      : tier == "HDD" ? figures.hdd
                                      : figures.other;
    place += Unsigned(tiers, tier.c_str());
  }
  return figures;
}

InputDetail ReadInput(const Json& object) {
  InputDetail detail;
  detail.input = Text(object, "input");
  detail.state = Text(object, "state");
  detail.problem = Text(object, "problem");
  detail.length_bytes = Unsigned(object, "length_bytes");
  detail.cached_bytes = Unsigned(object, "cached_bytes");
  detail.files = Unsigned(object, "files");
  detail.blocks = Unsigned(object, "blocks");
  return detail;
}

NodeTerms ReadNode(const Json& object) {
  NodeTerms terms;
  terms.node = Text(object, "node");
  terms.offered = Flag(object, "offered", true);
  terms.local = Tiers(object, "local_bytes");
  terms.left = Member(object, "left_bytes").is_object() ? Tiers(object, "left_bytes") : terms.local;
  terms.members = Unsigned(object, "members");
  terms.taken = Tiers(object, "taken_bytes");
  terms.seconds = Real(object, "seconds");
  terms.saved_seconds = Real(object, "saved_seconds");
  if (const double load = Real(object, "load"); std::isfinite(load)) terms.load = load;
  terms.headroom = Real(object, "headroom");
  terms.value = Real(object, "value");
  terms.score = Whole(object, "score");
  return terms;
}

Decision ReadDecision(const Json& object) {
  Decision decision;
  decision.time = Text(object, "time");
  decision.call = Text(object, "call");
  decision.pod_namespace = Text(Member(object, "pod"), "namespace");
  decision.pod_name = Text(Member(object, "pod"), "name");
  decision.application = Text(object, "application");
  decision.inputs = Texts(object, "inputs");
  decision.outcome = Text(object, "outcome");
  decision.reason = Text(object, "reason");
  decision.warnings = Texts(object, "warnings");
  decision.share_bytes = Unsigned(object, "share_bytes");
  decision.group_size = Unsigned(object, "group_size");
  decision.planned_node = Text(object, "planned_node");
  decision.best_not_offered = Text(object, "best_not_offered");
  decision.offered_nodes = Unsigned(object, "offered_nodes");
  decision.duration_us = Unsigned(object, "duration_us");
  const Json& freshness = Member(object, "freshness");
  if (Member(freshness, "age_ms").is_number()) decision.news_age_ms = Unsigned(freshness, "age_ms");
  decision.news_stale = Flag(freshness, "stale", false);
  for (const Json* input : Objects(object, "input_details")) decision.input_details.push_back(ReadInput(*input));
  for (const Json* node : Objects(object, "nodes")) decision.nodes.push_back(ReadNode(*node));
  decision.inputs_omitted = Unsigned(object, "inputs_omitted");
  decision.nodes_omitted = Unsigned(object, "nodes_omitted");
  return decision;
}

// nlohmann's parser keeps its own stack, but dump recurses: what nests deeper than any answer of the extender is left
// out.
constexpr int kMaxDepth = 32;

Json Parse(std::string_view text) {
  const Json::parser_callback_t shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxDepth; };
  return Json::parse(text, shallow, /*allow_exceptions=*/false);
}

}  // namespace

absl::StatusOr<std::vector<Decision>> ParseDecisions(std::string_view json) {
  const Json document = Parse(json);
  const Json& list = Member(document, "decisions");
  if (!list.is_array()) return InvalidArgument("the answer is no JSON object with a list 'decisions'");
  std::vector<Decision> decisions;
  for (const Json& entry : list) {
    if (!entry.is_object()) return InvalidArgument("the list 'decisions' holds something else than objects");
    decisions.push_back(ReadDecision(entry));
  }
  return decisions;
}

Refusal ParseRefusal(std::string_view json) {
  const Json document = Parse(json);
  return {Text(document, "error"), Text(document, "started")};
}

absl::StatusOr<std::string> ReformatDecisions(std::string_view json, size_t first, size_t count) {
  Json document = Parse(json);
  if (!document.is_object()) return InvalidArgument("the answer is no JSON object");
  const Json& all = Member(document, "decisions");
  if (all.is_array()) {
    Json kept = Json::array();
    for (size_t i = first; i < all.size() && kept.size() < count; ++i) kept.push_back(all[i]);
    document["decisions"] = std::move(kept);
  }
  return document.dump(2, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n";
}

}  // namespace locus::ctl
