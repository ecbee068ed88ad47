#include "locusctl/doctor/spark_ui.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/status.h"
#include "common/url.h"

namespace locus::ctl {
namespace {

constexpr int kHttpOk = 200;
constexpr size_t kMaxStages = 20;
constexpr size_t kMaxTasks = 20'000;

absl::StatusOr<nlohmann::json> Get(const std::string& target, DecisionSource& ui) {
  LOCUS_ASSIGN_OR_RETURN(const HttpAnswer answer, ui.Get(target));
  if (answer.status != kHttpOk) {
    return InvalidArgument("Spark at " + ui.address() + " answers " + target + " with status " +
                           std::to_string(answer.status));
  }
  nlohmann::json json = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_array()) return InvalidArgument("what answers at " + ui.address() + " is not Spark's REST API");
  return json;
}

void CountTask(const nlohmann::json& task, TaskFacts& facts) {
  const std::string locality = task.value("taskLocality", "");
  if (locality == "PROCESS_LOCAL") ++facts.process_local;
  if (locality == "NODE_LOCAL") ++facts.node_local;
  // NO_PREF has no place to prefer; RACK_LOCAL does not exist on Kubernetes.
  if (locality == "ANY" || locality == "RACK_LOCAL") ++facts.any;
}

}  // namespace

absl::StatusOr<TaskFacts> AskSpark(const std::string& application, DecisionSource& ui) {
  const std::string stages = "/api/v1/applications/" + PercentEncoded(application) + "/stages";
  try {
    LOCUS_ASSIGN_OR_RETURN(const nlohmann::json list, Get(stages, ui));
    std::vector<std::pair<int64_t, int64_t>> readers;
    for (const nlohmann::json& stage : list) {
      if (stage.value("inputBytes", int64_t{0}) > 0) {
        readers.emplace_back(stage.at("stageId").get<int64_t>(), stage.at("attemptId").get<int64_t>());
      }
    }
    std::sort(readers.rbegin(), readers.rend());
    readers.resize(std::min(readers.size(), kMaxStages));
    TaskFacts facts;
    for (const auto& [stage, attempt] : readers) {
      LOCUS_ASSIGN_OR_RETURN(const nlohmann::json tasks,
                             Get(stages + "/" + std::to_string(stage) + "/" + std::to_string(attempt) +
                                     "/taskList?length=" + std::to_string(kMaxTasks),
                                 ui));
      for (const nlohmann::json& task : tasks) CountTask(task, facts);
    }
    return facts;
  } catch (const nlohmann::json::exception& error) {
    return InvalidArgument("what answers at " + ui.address() + " is not Spark's REST API: " + error.what());
  }
}

}  // namespace locus::ctl
