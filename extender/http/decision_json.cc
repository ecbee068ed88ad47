#include "extender/http/decision_json.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "extender/http/call_metrics.h"
#include "extender/http/picture_json.h"

namespace locus::extender {
namespace {

using Json = nlohmann::ordered_json;

Json NodeToJson(const NodeRecord& node) {
  const NodeTerms& terms = node.terms;
  return Json{{"node", node.node},
              {"offered", terms.offered.has_value()},
              {"local_bytes", TiersToJson(terms.local)},
              {"left_bytes", TiersToJson(terms.left)},
              {"members", terms.siblings},
              {"taken_bytes", TiersToJson(terms.terms.taken)},
              {"seconds", terms.terms.seconds},
              {"saved_seconds", terms.terms.saved_seconds},
              {"load", terms.load ? Json(*terms.load) : Json(nullptr)},
              {"requested", terms.requested},
              {"fresh", terms.fresh},
              {"headroom", terms.terms.headroom},
              {"value", terms.terms.value},
              {"score", terms.score}};
}

void InputsToJson(const DecisionRecord& record, Json& json) {
  Json inputs = Json::array();
  Json details = Json::array();
  for (const InputRecord& input : record.inputs) {
    inputs.push_back(input.input);
    if (!input.state) continue;
    details.push_back(Json{{"input", input.input},
                           {"state", StateWord(*input.state)},
                           {"problem", input.problem},
                           {"length_bytes", input.length_bytes},
                           {"cached_bytes", input.cached_bytes},
                           {"files", input.files},
                           {"blocks", input.blocks}});
  }
  json["inputs"] = std::move(inputs);
  json["input_details"] = std::move(details);
  json["inputs_omitted"] = record.inputs_omitted;
}

Json RecordToJson(const DecisionRecord& record) {
  Json json{{"time", FormatTime(record.time)},
            {"call", kCallWords[static_cast<size_t>(record.call)]},
            {"pod", {{"namespace", record.pod.namespace_name}, {"name", record.pod.name}, {"uid", record.pod.uid}}},
            {"application", record.pod.application},
            {"outcome", ToWord(record.outcome)},
            {"reason", ToWord(record.reason)},
            {"warnings", record.warnings},
            {"share_bytes", record.share_bytes},
            {"group_size", record.group_size},
            {"planned_node", record.planned_node},
            {"best_not_offered", record.best_not_offered},
            {"offered_nodes", record.offered_nodes},
            {"duration_us", std::chrono::duration_cast<std::chrono::microseconds>(record.duration).count()}};
  const Duration age = record.news.heard ? record.news.age + record.news.source_age : Duration(0);
  json["freshness"] = Json{{"age_ms", record.news.heard ? Json(ToMillis(age).count()) : Json(nullptr)},
                           {"stale", record.news.stale},
                           {"epoch", record.news.epoch}};
  InputsToJson(record, json);
  Json nodes = Json::array();
  for (const NodeRecord& node : record.nodes) nodes.push_back(NodeToJson(node));
  json["nodes"] = std::move(nodes);
  json["nodes_omitted"] = record.nodes_omitted;
  return json;
}

Json RecordsToJson(const std::vector<DecisionRing::RecordPtr>& records) {
  Json json = Json::array();
  for (const auto& record : records) json.push_back(RecordToJson(*record));
  return json;
}

}  // namespace

std::string FormatTime(WallTime time) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(millis / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 40> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(millis % 1000));
  return std::string(date.data()) + fraction.data();
}

std::string DecisionsJson(const std::vector<DecisionRing::RecordPtr>& records) {
  return Dump(Json{{"decisions", RecordsToJson(records)}});
}

std::string ExplainJson(std::string_view namespace_name, std::string_view name,
                        const std::vector<DecisionRing::RecordPtr>& records) {
  return Dump(Json{{"pod", {{"namespace", namespace_name}, {"name", name}}}, {"decisions", RecordsToJson(records)}});
}

std::string NoDecisionJson(std::string_view text, WallTime started) {
  return Dump(Json{{"error", text}, {"started", FormatTime(started)}});
}

std::string ErrorJson(std::string_view text) { return Dump(Json{{"error", text}}); }

}  // namespace locus::extender
