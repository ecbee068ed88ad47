#include "locusctl/plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "common/status.h"
#include "common/units.h"
#include "common/url.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpBadRequest = 400;
constexpr int kHttpUnavailable = 503;

std::string Target(const PlanOptions& options) {
  std::string inputs;
  for (const std::string& input : options.inputs) inputs += (inputs.empty() ? "" : ",") + input;
  std::string target = "/v1/plan?inputs=" + PercentEncoded(inputs) + "&executors=" + std::to_string(options.executors);
  const auto add = [&target](const char* key, const std::string& value) {
    if (!value.empty()) target += std::string("&") + key + "=" + PercentEncoded(value);
  };
  add("share", options.share);
  add("layout", options.layout);
  add("cpu", options.cpu);
  add("memory", options.memory);
  return target;
}

uint64_t Rounded(double bytes) { return bytes <= 0 ? 0 : static_cast<uint64_t>(bytes); }

}  // namespace

absl::StatusOr<Plan> ParsePlan(const std::string& body) {
  try {
    const nlohmann::json json = nlohmann::json::parse(body);
    Plan plan;
    plan.executors = json.at("executors");
    plan.length_bytes = json.at("length_bytes");
    plan.share_bytes = json.at("share_bytes");
    plan.local_bytes = json.at("local_bytes");
    if (json.at("random_bytes").is_number()) plan.random_bytes = json["random_bytes"];
    if (json.at("one_per_node_bytes").is_number()) plan.one_per_node_bytes = json["one_per_node_bytes"];
    plan.elsewhere = json.at("elsewhere");
    plan.cluster_known = json.at("cluster_known");
    plan.warnings = json.at("warnings").get<std::vector<std::string>>();
    for (const auto& place : json.at("places")) {
      TierFigures taken;
      for (const auto& [tier, bytes] : place.at("taken_bytes").items()) {
        uint64_t& figure = tier == "MEM"   ? taken.mem
                           : tier == "SSD" ? taken.ssd
                           : tier == "HDD" ? taken.hdd
                                           : taken.other;
        figure += bytes.get<uint64_t>();
      }
      plan.places.push_back({place.at("node"), place.at("executors"), taken, place.at("cached_bytes")});
    }
    return plan;
  } catch (const nlohmann::json::exception& error) {
    return InvalidArgument(std::string("not a plan: ") + error.what());
  }
}

std::string RenderPlan(const Plan& plan, const Style& style) {
  std::string text = Count(plan.executors, "executor") + ", " + FormatBytes(plan.length_bytes) + " of input, " +
                     FormatBytes(plan.share_bytes) + " each\n";
  for (const std::string& warning : plan.warnings) {
    text += Paint("warning: " + SafeText(warning), Ink::kYellow, style) + "\n";
  }
  Table table({{"NODE", Align::kLeft, true},
               {"EXECUTORS", Align::kRight},
               {"LOCAL", Align::kRight},
               {"", Align::kLeft},
               {"CACHED THERE", Align::kRight}});
  for (const Plan::Place& place : plan.places) {
    table.AddRow({SafeText(place.node), std::to_string(place.executors), FormatBytes(place.taken.total()),
                  TierBar(place.taken, place.executors * plan.share_bytes, BarWidth(style)),
                  FormatBytes(place.cached_bytes)});
  }
  if (plan.elsewhere > 0) table.AddRow({Cell("anywhere", Ink::kDim), std::to_string(plan.elsewhere), "-", "", "-"});
  text += "\n" + table.Render(style, "  ") + "\n";
  const auto line = [&](const char* who, uint64_t bytes, Ink ink) {
    const std::string name(who);
    return name + Padding(DisplayWidth(name), 22) +
           Paint(Percent(std::min(bytes, plan.length_bytes), plan.length_bytes), ink, style) + " of the input (" +
           FormatBytes(bytes) + ")\n";
  };
  text += "Read locally:\n";
  text += line("  as planned", plan.local_bytes, Ink::kGreen);
  if (plan.random_bytes >= 0) text += line("  on random nodes", Rounded(plan.random_bytes), Ink::kPlain);
  if (plan.one_per_node_bytes >= 0) text += line("  one on each node", Rounded(plan.one_per_node_bytes), Ink::kPlain);
  if (!plan.cluster_known) {
    text += "The extender does not know the cluster (kubernetes in extender.yaml): room on nodes is not looked at.\n";
  } else if (plan.elsewhere > 0) {
    text += "Executors on `anywhere` gain nothing from one node over another, or those that hold data have no room.\n";
  }
  return text;
}

int RunPlan(const PlanOptions& options, DecisionSource& source, const Output& output) {
  constexpr const char* kDoing = "plan";
  const absl::StatusOr<HttpAnswer> answer = source.Get(Target(options));
  if (!answer.ok()) return ExtenderFailed(output, answer.status(), kDoing, source.address());
  if (answer->status == kHttpBadRequest || answer->status == kHttpUnavailable) {
    const nlohmann::json json = nlohmann::json::parse(answer->body, nullptr, false);
    const bool told = json.is_object() && json.contains("error") && json["error"].is_string();
    if (told && answer->status == kHttpBadRequest) {
      Complain(output, json["error"].get<std::string>(), "See `" + output.program + " plan --help`.");
      return kUsage;
    }
    if (told) {
      Complain(output, "no plan: " + json["error"].get<std::string>(),
               "Look at the inputs with `" + output.program + " locality`, and ask again in a moment.");
      return kNegative;
    }
  }
  if (answer->status != kHttpOk) {
    return ExtenderPuzzling(output, "status " + std::to_string(answer->status), kDoing, source.address());
  }
  const absl::StatusOr<Plan> plan = ParsePlan(answer->body);
  if (!plan.ok()) return ExtenderPuzzling(output, MessageOf(plan.status()), kDoing, source.address());
  output.out << (output.ForPrograms() ? output.Document(answer->body + "\n") : RenderPlan(*plan, output.style));
  return plan->local_bytes > 0 ? kOk : kNegative;
}

}  // namespace locus::ctl
