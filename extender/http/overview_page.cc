#include "extender/http/overview_page.h"

#include <nlohmann/json.hpp>

#include "extender/http/decision_json.h"
#include "extender/http/picture_json.h"

namespace locus::extender {
namespace {

using Json = nlohmann::ordered_json;

Json Millis(Duration duration) { return ToMillis(duration).count(); }

Json MetadataJson(const Condition& condition) {
  const LocalityNews& news = condition.news;
  return Json{{"connected", news.connected},
              {"heard", news.heard},
              {"age_ms", news.heard ? Millis(news.age) : Json(nullptr)},
              {"source_age_ms", news.heard ? Millis(news.source_age) : Json(nullptr)},
              {"max_age_ms", Millis(condition.max_age)},
              {"stale", news.stale},
              {"epoch", news.epoch}};
}

Json ClusterJson(const ClusterCondition& cluster) {
  return Json{{"asked", cluster.asked},
              {"synced", cluster.synced},
              {"age_ms", cluster.age ? Millis(*cluster.age) : Json(nullptr)},
              {"problem", cluster.problem}};
}

// Sums of bytes, exact far beyond what one application reads.
Json ApplicationJson(const ApplicationShare& share) {
  return Json{{"application", share.application},
              {"pods", share.pods},
              {"share_bytes", static_cast<uint64_t>(share.share_bytes)},
              {"best_local_bytes", static_cast<uint64_t>(share.best_bytes)},
              {"local_bytes", static_cast<uint64_t>(share.local_bytes)}};
}

}  // namespace

std::string OverviewJson(const Condition& condition, const std::vector<ApplicationShare>& applications,
                         std::string_view version) {
  Json json{{"version", version},
            {"started", FormatTime(condition.started)},
            {"time", FormatTime(condition.now)},
            {"metadata", MetadataJson(condition)},
            {"cluster", ClusterJson(condition.cluster)},
            {"gate", {{"leads", condition.cluster.leads}, {"leader", condition.cluster.leader}}},
            {"decisions", Json::array()},
            {"degraded", Json::array()}};
  for (const OutcomeCount& entry : condition.outcomes) {
    json["decisions"].push_back({{"outcome", ToWord(entry.outcome)},
                                 {"reason", ToWord(entry.reason)},
                                 {"count", entry.count},
                                 {"since", FormatTime(entry.since)},
                                 {"last", FormatTime(entry.last)}});
  }
  for (const DegradedState& state : DegradedStates(condition)) {
    json["degraded"].push_back({{"part", state.part},
                                {"reason", state.reason},
                                {"since", state.since ? Json(FormatTime(*state.since)) : Json(nullptr)},
                                {"text", state.text}});
  }
  json["applications"] = Json::array();
  for (const ApplicationShare& share : applications) json["applications"].push_back(ApplicationJson(share));
  return Dump(json);
}

}  // namespace locus::extender
