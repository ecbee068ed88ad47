#include "locusctl/installation/checkup.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "common/config.h"
#include "locusctl/holder.h"
#include "locusctl/installation/kube_ask.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

constexpr size_t kWordColumns = 9;

const char* HealthWord(Health health) {
  switch (health) {
    case Health::kOk: return "OK";
    case Health::kWarn: return "WARN";
    case Health::kFail: return "FAIL";
    case Health::kUnknown: return "UNKNOWN";
  }
  return "";
}

Ink HealthInk(Health health) {
  return health == Health::kOk ? Ink::kGreen : health == Health::kFail ? Ink::kRed : Ink::kYellow;
}

int ExitCodeOf(const std::vector<Check>& checks) {
  const auto any = [&](Health health) {
    return std::any_of(checks.begin(), checks.end(), [&](const Check& check) { return check.health == health; });
  };
  return any(Health::kFail) ? kNegative : any(Health::kUnknown) ? kUndecided : kOk;
}

}  // namespace

std::string RenderChecks(const std::vector<Check>& checks, const Style& style) {
  std::string text;
  for (const Check& check : checks) {
    const std::string word = HealthWord(check.health);
    text += (text.empty() ? "" : "\n") + Paint(word, HealthInk(check.health), style) +
            Padding(word.size(), kWordColumns) + Paint(SafeText(check.subject), Ink::kBold, style) + "\n";
    for (const std::string& line : check.evidence) text += "         " + SafeText(line) + "\n";
    if (!check.fix.empty()) text += "      -> " + SafeText(check.fix) + "\n";
  }
  return text;
}

std::string ChecksToJson(const std::vector<Check>& checks) {
  nlohmann::ordered_json document = {{"checks", nlohmann::ordered_json::array()}};
  for (const Check& check : checks) {
    document["checks"].push_back({{"subject", check.subject},
                                  {"health", HealthWord(check.health)},
                                  {"evidence", check.evidence},
                                  {"fix", check.fix}});
  }
  return ToAscii(document);
}

int RunCheckup(const CheckupOptions& options, const InstallationSources& sources, kube::Asker* kube,
               const std::string& kube_server, const Clock& clock, const Output& output) {
  const InstallationFacts parts = AskInstallation(sources);
  KubeFacts cluster;
  if (kube != nullptr) {
    cluster = AskKube(*kube, {options.space, options.scheduler}, clock.WallNow());
  } else {
    cluster.problem = "no API server is named";
  }
  cluster.server = kube_server;
  const std::vector<Check> checks =
      CheckInstallation({parts, cluster, options.scheduler, options.space, std::string(Version())});
  output.out << (output.ForPrograms() ? output.Document(ChecksToJson(checks)) : RenderChecks(checks, output.style));
  return ExitCodeOf(checks);
}

}  // namespace locus::ctl
