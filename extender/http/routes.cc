#include "extender/http/routes.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "common/admin.h"
#include "common/config.h"
#include "common/units.h"
#include "extender/decision/annotations.h"
#include "extender/http/decision_json.h"
#include "extender/http/inputs_page.h"
#include "extender/http/overview_page.h"
#include "extender/http/plan_page.h"
#include "extender/locality/wire.h"
#include "extender/web/web.h"

namespace locus::extender {
namespace {

constexpr uint32_t kDefaultDecisions = 50;
// Each is a few kilobytes of JSON.
constexpr uint32_t kMaxDecisions = 10000;
// Of the overview.
constexpr size_t kShownApplications = 50;

HttpResponse BadQuery(std::string_view text) { return {400, "application/json", ErrorJson(text)}; }

HttpResponse Explain(const DecisionRing& ring, WallTime started, std::string_view rest) {
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == rest.size()) {
    return BadQuery("write /v1/explain/{namespace}/{pod}");
  }
  const std::string_view namespace_name = rest.substr(0, slash);
  const std::string_view name = rest.substr(slash + 1);
  const auto records = ring.OfPod(namespace_name, name);
  if (!records.empty()) return {200, "application/json", ExplainJson(namespace_name, name, records)};
  const std::string text =
      "no decision about pod " + std::string(name) + " in namespace " + std::string(namespace_name) + " is on record";
  return {404, "application/json", NoDecisionJson(text, started)};
}

HttpResponse Decisions(const DecisionRing& ring, const std::string& limit_text) {
  uint32_t limit = kDefaultDecisions;
  if (!limit_text.empty()) {
    const char* const end = limit_text.data() + limit_text.size();
    const auto [stop, error] = std::from_chars(limit_text.data(), end, limit);
    if (error != std::errc() || stop != end || limit == 0) return BadQuery("limit must be a number above 0");
  }
  return {200, "application/json", DecisionsJson(ring.Latest(std::min(limit, kMaxDecisions)))};
}

HttpResponse Locality(LocalityView& locality, Duration budget, const std::string& input) {
  AnnotationTexts texts;
  texts[static_cast<size_t>(Annotation::kInputs)] = input;
  const Wishes wishes = ParseAnnotations(texts);
  if (!wishes.problems.empty()) return BadQuery("input: " + wishes.problems[0].text);
  if (wishes.inputs.empty()) return BadQuery("name an input: /v1/locality?input=alluxio:///path");
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  const auto status =
      google::protobuf::util::MessageToJsonString(ToWire(locality.Look(wishes.inputs, budget)), &json, options);
  if (!status.ok()) return {500, "application/json", ErrorJson("cannot write the answer as JSON")};
  return {200, "application/json", std::move(json)};
}

HttpResponse Overview(const RouteDependencies& d) {
  Condition condition;
  condition.started = d.started;
  condition.now = d.clock.WallNow();
  condition.news = d.locality.News();
  condition.max_age = d.options.max_age;
  if (d.cluster_facts) condition.cluster = d.cluster_facts();
  condition.outcomes = d.ring.Outcomes();
  return {200, "application/json", OverviewJson(condition, d.applications(kShownApplications), Version())};
}

std::string ReadyText(const LocalityNews& news, const std::string& cluster) {
  std::string text = std::string("ok; metadata: ") + (news.connected ? "connected" : "away") + ", ";
  text += news.heard ? "last heard " + FormatDuration(news.age) + " ago" : "nothing heard yet";
  return text + (cluster.empty() ? "" : "; cluster: " + cluster) + "\n";
}

}  // namespace

void AddOperatorRoutes(HttpServer& server, const RouteDependencies& d) {
  AddAdminRoutes(server, d.metrics, d.config_json, [] { return std::string(); });
  server.Route("GET", "/readyz", [&locality = d.locality, condition = d.cluster_condition](const HttpRequest&) {
    const std::string cluster = condition ? condition() : "";
    return HttpResponse{200, "text/plain; charset=utf-8", ReadyText(locality.News(), cluster)};
  });
}

void AddRoutes(HttpServer& server, const RouteDependencies& d) {
  AddOperatorRoutes(server, d);
  for (const char* prefix : {"", "/v1"}) {
    server.Route("POST", std::string(prefix) + "/filter", [&verbs = d.verbs](const HttpRequest& request) {
      return HttpResponse{200, "application/json", verbs.Filter(request.body)};
    });
    server.Route("POST", std::string(prefix) + "/prioritize", [&verbs = d.verbs](const HttpRequest& request) {
      return HttpResponse{200, "application/json", verbs.Prioritize(request.body)};
    });
  }
  server.Route("GET", "/v1/explain/*", [&ring = d.ring, started = d.started](const HttpRequest& request) {
    return Explain(ring, started, request.rest);
  });
  server.Route("GET", "/v1/decisions",
               [&ring = d.ring](const HttpRequest& request) { return Decisions(ring, request.query("limit")); });
  server.Route("GET", "/v1/locality", [&locality = d.locality, budget = d.options.budget](const HttpRequest& request) {
    return Locality(locality, budget, request.query("input"));
  });
  const auto inputs = std::make_shared<InputsPage>(d.locality, d.clock);
  server.Route("GET", "/v1/inputs", [inputs](const HttpRequest&) {
    return HttpResponse{200, "application/json", inputs->Json()};
  });
  server.Route("GET", "/v1/overview", [d](const HttpRequest&) { return Overview(d); });
  const PlanPageParts plan{d.locality, d.cluster, d.options.scoring, d.options.budget, d.options.max_age};
  server.Route("GET", "/v1/plan", [plan](const HttpRequest& request) { return PlanPage(plan, request); });
  AddWebPage(server);
}

}  // namespace locus::extender
