#include "extender/http/plan_page.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <random>

#include "common/status.h"
#include "common/units.h"
#include "extender/decision/annotations.h"
#include "extender/decision/what_if.h"
#include "extender/http/decision_json.h"

namespace locus::extender {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kJson = "application/json";
constexpr int64_t kDefaultCpuMilli = 1000;
constexpr int64_t kDefaultMemory = int64_t{1408} << 20;
constexpr int64_t kMaxCpuMilli = 1'000'000;

struct Wanted {
  Wishes wishes;
  size_t executors = 0;
  int64_t cpu_milli = kDefaultCpuMilli;
  int64_t memory_bytes = kDefaultMemory;
};

template <typename Number>
bool WholeNumber(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

absl::StatusOr<int64_t> ParseCpu(std::string_view text) {
  const bool milli = !text.empty() && text.back() == 'm';
  int64_t number = 0;
  if (!WholeNumber(milli ? text.substr(0, text.size() - 1) : text, number) || number < 1 || number > kMaxCpuMilli) {
    return InvalidArgument("cpu: write 2 or 1500m");
  }
  return milli ? number : std::min(number * 1000, kMaxCpuMilli);
}

absl::StatusOr<Wanted> Read(const HttpRequest& request) {
  Wanted wanted;
  const std::string inputs = request.query("inputs");
  const std::string share = request.query("share");
  const std::string layout = request.query("layout");
  AnnotationTexts texts;
  texts[static_cast<size_t>(Annotation::kInputs)] = inputs;
  if (!share.empty()) texts[static_cast<size_t>(Annotation::kShare)] = share;
  if (!layout.empty()) texts[static_cast<size_t>(Annotation::kLayout)] = layout;
  wanted.wishes = ParseAnnotations(texts);
  for (const AnnotationProblem& problem : wanted.wishes.problems) {
    return InvalidArgument(std::string(kAnnotationNames[static_cast<size_t>(problem.annotation)]) + ": " +
                           problem.text);
  }
  if (wanted.wishes.inputs.empty()) return InvalidArgument("inputs: name at least one, such as alluxio:///warehouse/x");
  if (!WholeNumber(request.query("executors"), wanted.executors) || wanted.executors < 1 ||
      wanted.executors > kMaxPlannedExecutors) {
    return InvalidArgument("executors: write 1 to " + std::to_string(kMaxPlannedExecutors));
  }
  if (const std::string cpu = request.query("cpu"); !cpu.empty()) {
    LOCUS_ASSIGN_OR_RETURN(wanted.cpu_milli, ParseCpu(cpu));
  }
  if (const std::string memory = request.query("memory"); !memory.empty()) {
    LOCUS_ASSIGN_OR_RETURN(const uint64_t bytes, ParseBytes(memory));
    wanted.memory_bytes = static_cast<int64_t>(std::min<uint64_t>(bytes, uint64_t{1} << 62));
  }
  return wanted;
}

Json ToJson(const WhatIf& plan, const Holdings& holdings, const Wanted& wanted, bool cluster_known) {
  Json json{{"executors", wanted.executors},
            {"length_bytes", holdings.length_bytes},
            {"share_bytes", plan.share_bytes},
            {"local_bytes", plan.taken_bytes},
            {"random_bytes", plan.random_bytes ? Json(*plan.random_bytes) : Json(nullptr)},
            {"one_per_node_bytes", plan.one_per_node_bytes ? Json(*plan.one_per_node_bytes) : Json(nullptr)},
            {"elsewhere", plan.elsewhere},
            {"cluster_known", cluster_known},
            {"warnings", holdings.warnings}};
  Json places = Json::array();
  for (const WhatIf::Place& place : plan.places) {
    Json taken = Json::object();
    for (size_t tier = 0; tier < kTiers; ++tier) taken[std::string(kTierNames[tier])] = place.taken[tier];
    places.push_back(Json{{"node", place.node},
                          {"executors", place.executors},
                          {"taken_bytes", std::move(taken)},
                          {"cached_bytes", place.local_bytes}});
  }
  json["places"] = std::move(places);
  return json;
}

}  // namespace

HttpResponse PlanPage(const PlanPageParts& parts, const HttpRequest& request) {
  const absl::StatusOr<Wanted> wanted = Read(request);
  if (!wanted.ok()) return {400, kJson, ErrorJson(MessageOf(wanted.status()))};
  const LocalityAnswer answer = parts.locality.Look(wanted->wishes.inputs, parts.budget);
  const Holdings holdings = Gather(answer, parts.max_age);
  const Reason reason = holdings.unusable != Reason::kNone ? holdings.unusable : holdings.incomplete;
  if (holdings.known.empty() || holdings.unusable != Reason::kNone) {
    const std::string why =
        reason == Reason::kNone ? "none of the inputs is known" : "not known now: " + std::string(ToWord(reason));
    std::string text = why;
    for (const std::string& warning : holdings.warnings) text += "; " + warning;
    return {503, kJson, ErrorJson(text)};
  }
  std::vector<std::string_view> names;
  for (const HeldNode& node : holdings.nodes) names.push_back(node.node);
  // A group that no pod has.
  Surroundings around = parts.cluster.Look({}, GroupKey(), names);
  around.group_size = wanted->executors;
  WhatIfQuestion question;
  question.holdings = &holdings;
  question.loads = answer.loads.get();
  question.around = around.synced ? &around : nullptr;
  for (auto& room : parts.cluster.RoomFor(wanted->cpu_milli, wanted->memory_bytes)) {
    question.rooms.push_back({std::move(room.node), room.pods});
  }
  question.executors = wanted->executors;
  question.share_bytes = wanted->wishes.share;
  question.layout = wanted->wishes.layout;
  // The same question gets the same answer.
  question.random = [engine = std::mt19937_64(1)]() mutable { return engine(); };
  const WhatIf plan = PlanExecutors(question, parts.scoring);
  return {200, kJson,
          ToJson(plan, holdings, *wanted, around.synced).dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace locus::extender
