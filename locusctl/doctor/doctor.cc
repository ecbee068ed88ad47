#include "locusctl/doctor/doctor.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "common/status.h"
#include "locusctl/doctor/application_facts.h"
#include "locusctl/doctor/spark_ui.h"
#include "locusctl/figures.h"
#include "locusctl/holder.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

constexpr const char* kDoing = "ask for the application";

const char* VerdictWord(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return "ok";
    case Verdict::kBroken: return "broken";
    case Verdict::kUnknown: return "unknown";
  }
  return "";
}

Ink VerdictInk(Verdict verdict) {
  return verdict == Verdict::kOk ? Ink::kGreen : verdict == Verdict::kBroken ? Ink::kRed : Ink::kYellow;
}

const char* LayerKey(Layer layer) {
  return layer == Layer::kPods ? "pods" : layer == Layer::kTasks ? "tasks" : "reads";
}

int CannotDescribe(const Output& output, const absl::Status& status, const std::string& address) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      Complain(output, MessageOf(status),
               "The application's id is the label spark-app-selector of its pods; pods that the API server no longer "
               "lists are forgotten.");
      return kNegative;
    case absl::StatusCode::kFailedPrecondition:
      Complain(output, "locus-meta at " + address + " knows no applications: " + MessageOf(status),
               "Give it an API server (kubernetes in meta.yaml).");
      return kUnreachable;
    case absl::StatusCode::kUnimplemented:
      Complain(output, "what listens at " + address + " knows no applications: " + MessageOf(status),
               "It is no locus-meta, or one older than this locusctl; name its gRPC port with --meta or LOCUS_META.");
      return kUnreachable;
    default: return MetaFailed(output, status, kDoing, address);
  }
}

int ExitCodeOf(const std::vector<Finding>& findings) {
  const auto any = [&](Verdict verdict) {
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) { return f.verdict == verdict; });
  };
  return any(Verdict::kBroken) ? kNegative : any(Verdict::kUnknown) ? kUndecided : kOk;
}

}  // namespace

std::string RenderFindings(const ApplicationFacts& facts, const std::vector<Finding>& findings, const Style& style) {
  const auto drivers =
      std::count_if(facts.pods.begin(), facts.pods.end(), [](const PodFacts& pod) { return pod.driver && !pod.ended; });
  std::string text = Paint(SafeText(facts.space + "/" + facts.id), Ink::kBold, style);
  if (!facts.name.empty()) text += "  " + SafeText(facts.name);
  text += "  " + Count(RunningExecutors(facts).size(), "executor") +
          (drivers > 0 ? ", driver in the cluster" : ", driver outside of the cluster") + "; pods as of " +
          Ago(facts.pods_age_ms) + "\n";
  for (const Finding& finding : findings) {
    const std::string verdict = VerdictWord(finding.verdict);
    text += "\n" + Paint(verdict, VerdictInk(finding.verdict), style) + Padding(verdict.size(), 9) +
            Paint(LayerName(finding.layer), Ink::kBold, style) + "\n";
    for (const std::string& line : finding.evidence) text += "         " + SafeText(line) + "\n";
    if (!finding.fix.empty()) text += "      -> " + SafeText(finding.fix) + "\n";
  }
  return text;
}

std::string FindingsToJson(const ApplicationFacts& facts, const std::vector<Finding>& findings) {
  nlohmann::ordered_json document = {{"namespace", facts.space},
                                     {"id", facts.id},
                                     {"name", facts.name},
                                     {"executors", RunningExecutors(facts).size()},
                                     {"pods_age_ms", facts.pods_age_ms},
                                     {"layers", nlohmann::ordered_json::array()}};
  for (const Finding& finding : findings) {
    document["layers"].push_back({{"layer", LayerKey(finding.layer)},
                                  {"verdict", VerdictWord(finding.verdict)},
                                  {"evidence", finding.evidence},
                                  {"fix", finding.fix}});
  }
  return ToAscii(document);
}

int RunDoctor(const DoctorOptions& options, ApplicationSource& applications, LocalitySource& locality,
              DecisionSource* ui, const Output& output) {
  v1::DescribeApplicationRequest request;
  request.set_namespace_(options.space);
  if (!options.pod.empty()) {
    request.set_pod(options.pod);
  } else {
    request.set_application(options.application);
  }
  const absl::StatusOr<v1::Application> application = applications.Describe(request);
  if (!application.ok()) return CannotDescribe(output, application.status(), applications.address());
  ApplicationFacts facts = FactsOf(*application);
  facts.scheduler = options.scheduler;
  const std::vector<std::string> inputs = InputsOf(facts.pods);
  if (!inputs.empty()) {
    const absl::StatusOr<v1::GetLocalityResponse> response = locality.GetLocality(inputs);
    if (!response.ok()) return MetaFailed(output, response.status(), "ask for locality", locality.address());
    facts.inputs = FactsOf(*response);
    facts.stale = response->freshness().stale();
  }
  const absl::StatusOr<v1::ListWorkersResponse> workers = locality.ListWorkers();
  if (!workers.ok()) return MetaFailed(output, workers.status(), "list workers", locality.address());
  facts.workers = FactsOf(*workers);
  if (ui != nullptr) {
    const absl::StatusOr<TaskFacts> tasks = AskSpark(facts.id, *ui);
    if (!tasks.ok()) {
      Complain(output, "cannot ask Spark: " + MessageOf(tasks.status()),
               "Check --spark-ui: the driver's web UI is on port 4040 unless it is taken or configured otherwise.");
      return kUnreachable;
    }
    facts.tasks = *tasks;
  }
  const std::vector<Finding> findings = Diagnose(facts);
  output.out << (output.ForPrograms() ? output.Document(FindingsToJson(facts, findings))
                                      : RenderFindings(facts, findings, output.style));
  return ExitCodeOf(findings);
}

}  // namespace locus::ctl
