#include "locusctl/installation/checks.h"

#include <utility>

#include "locusctl/figures.h"

namespace locus::ctl {
namespace {

constexpr size_t kMaxEvidence = 25;

// How much it weighs against others: what is broken is to be put right before what cannot be judged.
int Weight(Health health) {
  switch (health) {
    case Health::kOk: return 0;
    case Health::kWarn: return 1;
    case Health::kUnknown: return 2;
    case Health::kFail: return 3;
  }
  return 0;
}

void Bound(Check& check) {
  if (check.evidence.size() <= kMaxEvidence) return;
  const size_t more = check.evidence.size() - kMaxEvidence + 1;
  check.evidence.resize(kMaxEvidence - 1);
  check.evidence.push_back("and " + std::to_string(more) + " more");
}

}  // namespace

void Found(Health health, std::string evidence, std::string fix, Check& check) {
  if (Weight(health) > Weight(check.health)) {
    check.health = health;
    check.fix = std::move(fix);
    check.evidence.insert(check.evidence.begin(), std::move(evidence));
  } else {
    check.evidence.push_back(std::move(evidence));
  }
}

void Well(std::string evidence, Check& check) { check.evidence.push_back(std::move(evidence)); }

bool IsUnread(const KubeFacts& kube, const std::string& what, std::string* why) {
  if (!kube.problem.empty()) {
    *why = "the API server was not asked, or did not answer";
    return true;
  }
  const auto found = kube.unread.find(what);
  if (found == kube.unread.end()) return false;
  *why = found->first + " could not be read: " + found->second;
  return true;
}

std::vector<Check> CheckInstallation(const CheckInput& input) {
  std::vector<Check> checks = {CheckApiServer(input),       CheckRights(input),   CheckScheduler(input),
                               CheckSchedulerConfig(input), CheckExtender(input), CheckGate(input),
                               CheckMetadata(input),        CheckWorkers(input),  CheckAdmission(input),
                               CheckVersions(input)};
  for (Check& check : checks) Bound(check);
  return checks;
}

}  // namespace locus::ctl
