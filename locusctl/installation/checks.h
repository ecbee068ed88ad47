// Whether an installation is as it should be, part by part: facts in, a judgement on each subject out.
#pragma once

#include <string>
#include <vector>

#include "locusctl/installation/facts.h"
#include "locusctl/installation/kube_facts.h"

namespace locus::ctl {

// kUnknown: the facts do not suffice to say.
enum class Health { kOk, kWarn, kFail, kUnknown };

struct Check {
  // "API server", "scheduler", ...
  std::string subject;
  Health health = Health::kOk;
  // What was found, the decisive first. At most 25 lines.
  std::vector<std::string> evidence;
  // What to do first; empty with kOk.
  std::string fix;
};

struct CheckInput {
  const InstallationFacts& parts;
  const KubeFacts& kube;
  // The scheduler that asks Locus, and where Locus is installed.
  std::string scheduler;
  std::string space;
  // Of this program.
  std::string version;
};

// In the order in which one would put things right.
std::vector<Check> CheckInstallation(const CheckInput& input);

// Those that rest on what the API server says.
Check CheckApiServer(const CheckInput& input);
Check CheckScheduler(const CheckInput& input);
Check CheckSchedulerConfig(const CheckInput& input);
Check CheckRights(const CheckInput& input);
Check CheckAdmission(const CheckInput& input);
// Those that rest on what the parts say of themselves.
Check CheckExtender(const CheckInput& input);
Check CheckGate(const CheckInput& input);
Check CheckMetadata(const CheckInput& input);
Check CheckWorkers(const CheckInput& input);
Check CheckVersions(const CheckInput& input);

// Makes `check` at least as bad; its evidence comes before what is there when it is worse than all of that. The fix of
// the worst counts, of two the first.
void Found(Health health, std::string evidence, std::string fix, Check& check);
// More of what is well.
void Well(std::string evidence, Check& check);
// The API server did not say what `what` (a key of KubeFacts::unread) stands for, and why. False: it did.
bool IsUnread(const KubeFacts& kube, const std::string& what, std::string* why);

}  // namespace locus::ctl
