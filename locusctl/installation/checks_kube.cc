// What the API server says.
#include <algorithm>
#include <map>
#include <string>

#include "locusctl/figures.h"
#include "locusctl/installation/checks.h"

namespace locus::ctl {
namespace {

constexpr int64_t kMillisPerSecond = 1000;
// A leader renews several times in a lease's duration; twice that is no hiccup any more.
constexpr int64_t kDurations = 2;
// Below this, the scheduler's own plugins outvote a clear difference in saved time.
constexpr int64_t kGoodWeight = 20;
constexpr int64_t kAllNodes = 100;
// From there on the scheduler samples when percentageOfNodesToScore is not set.
constexpr size_t kSampledFrom = 100;

constexpr const char* kForbiddenFix =
    "Ask for the rights: `kubectl create clusterrole locus-doctor --verb=get,list "
    "--resource=nodes,pods,configmaps,leases.coordination.k8s.io` and a binding; reviews of rights need create on "
    "subjectaccessreviews.authorization.k8s.io.";

bool Serves(const SchedulerConfig& config, const std::string& scheduler) {
  const auto& names = config.scheduler_names;
  return !config.problem.empty() || std::find(names.begin(), names.end(), scheduler) != names.end();
}

const char* RightsFix(const KubeFacts& kube) { return kube.problem.empty() ? kForbiddenFix : "See \"API server\"."; }

std::string PodState(const PodFact& pod) {
  return "pod " + pod.name + " is not ready: " + (pod.waiting.empty() ? "phase " + pod.phase : pod.waiting);
}

void CheckLease(const CheckInput& input, const SchedulerConfig& config, Check& check) {
  std::string why;
  if (!config.elects) return;
  if (IsUnread(input.kube, "leases", &why)) return Found(Health::kUnknown, why, RightsFix(input.kube), check);
  const auto lease = std::find_if(input.kube.leases.begin(), input.kube.leases.end(), [&](const LeaseFact& fact) {
    return fact.space == config.lease_space && fact.name == config.lease_name;
  });
  const std::string name = "Lease " + config.lease_space + "/" + config.lease_name;
  const char* const fix =
      "Look at the log of that kube-scheduler: it may lack rights on the Lease, or its namespace is missing.";
  if (lease == input.kube.leases.end()) {
    return Found(Health::kFail, name + " does not exist: no such scheduler has ever led", fix, check);
  }
  if (lease->holder.empty() || !lease->renewed_ms_ago) {
    return Found(Health::kFail, name + " is held by nobody", fix, check);
  }
  const auto ago = static_cast<uint64_t>(std::max<int64_t>(*lease->renewed_ms_ago, 0));
  if (*lease->renewed_ms_ago > kDurations * kMillisPerSecond * std::max<int64_t>(lease->duration_s, 1)) {
    return Found(Health::kFail,
                 name + " was renewed " + Ago(ago) + " by " + lease->holder + ": it does not run any more", fix, check);
  }
  Well(name + " is held by " + lease->holder + ", renewed " + Ago(ago), check);
}

void CheckEntry(const ExtenderEntry& entry, const std::string& where, Check& check) {
  const std::string at = where + ": extender " + entry.url_prefix + ": ";
  if (!entry.node_cache_capable) {
    Found(Health::kFail, at + "nodeCacheCapable is not true: whole Node objects are sent, and every call is refused",
          "Set nodeCacheCapable: true for the extender and start the scheduler anew.", check);
  }
  if (entry.prioritize_verb.empty()) {
    Found(Health::kFail, at + "there is no prioritizeVerb: scores are never asked for",
          "Set prioritizeVerb: prioritize for the extender.", check);
  }
  if (!entry.ignorable) {
    Found(Health::kFail, at + "ignorable is not true: no pod is scheduled while the extender is away",
          "Set ignorable: true for the extender.", check);
  }
  if (!entry.prioritize_verb.empty() && entry.weight < kGoodWeight) {
    Found(Health::kWarn,
          at + "weight is " + std::to_string(entry.weight) + ": the scheduler's own plugins outvote clear differences",
          "Set weight: 20 for the extender.", check);
  }
}

}  // namespace

Check CheckApiServer(const CheckInput& input) {
  Check check{"API server", Health::kOk, {}, ""};
  const KubeFacts& kube = input.kube;
  if (!kube.problem.empty()) {
    Found(Health::kUnknown, kube.problem,
          "Name a kubeconfig with --kubeconfig or KUBECONFIG. Where logging in needs a program: `kubectl proxy`, and "
          "--api-server http://127.0.0.1:8001.",
          check);
    return check;
  }
  Well(kube.server + " answers, version " + kube.version, check);
  for (const auto& [what, why] : kube.unread) {
    Found(Health::kUnknown, what + " could not be read: " + why, kForbiddenFix, check);
  }
  return check;
}

Check CheckScheduler(const CheckInput& input) {
  Check check{"scheduler", Health::kOk, {}, ""};
  std::string why;
  if (IsUnread(input.kube, "pods", &why)) {
    Found(Health::kUnknown, why, RightsFix(input.kube), check);
    return check;
  }
  size_t running = 0;
  for (const PodFact& pod : input.kube.pods) {
    if (!Runs(pod, "kube-scheduler")) continue;
    ++running;
    if (pod.ready) {
      Well("pod " + pod.name + " is ready on " + pod.node, check);
    } else {
      Found(Health::kFail, PodState(pod), "`kubectl -n " + input.space + " describe pod " + pod.name + "`.", check);
    }
  }
  if (running == 0) {
    Found(Health::kUnknown,
          "no pod in namespace " + input.space + " runs a kube-scheduler: one outside of it cannot be seen from here",
          "When the extender is registered with the cluster's own scheduler, look there. Else install the second one: "
          "manifests/scheduler.",
          check);
  }
  for (const SchedulerConfig& config : input.kube.configs) {
    if (Serves(config, input.scheduler) && config.problem.empty()) CheckLease(input, config, check);
  }
  for (const std::string& pod : input.kube.ignored_pods) {
    Found(Health::kFail, "pod " + pod + " asks for scheduler " + input.scheduler + ", and none has looked at it",
          "No scheduler serves the profile " + input.scheduler +
              ": check schedulerName in its configuration, and its log.",
          check);
  }
  if (IsUnread(input.kube, "waiting pods", &why)) Found(Health::kUnknown, why, RightsFix(input.kube), check);
  return check;
}

Check CheckSchedulerConfig(const CheckInput& input) {
  Check check{"scheduler configuration", Health::kOk, {}, ""};
  std::string why;
  if (IsUnread(input.kube, "configmaps", &why)) {
    Found(Health::kUnknown, why, RightsFix(input.kube), check);
    return check;
  }
  size_t found = 0;
  for (const SchedulerConfig& config : input.kube.configs) {
    if (!Serves(config, input.scheduler)) continue;
    ++found;
    if (!config.problem.empty()) {
      Found(Health::kFail, config.where + " cannot be read: " + config.problem, "Correct the YAML.", check);
      continue;
    }
    Well(config.where + " has the profile " + input.scheduler, check);
    if (config.extenders.empty()) {
      Found(Health::kFail, config.where + " registers no extender: nobody asks Locus",
            "Add the entry under `extenders` of manifests/scheduler/kube-scheduler-config.yaml.", check);
    }
    for (const ExtenderEntry& entry : config.extenders) CheckEntry(entry, config.where, check);
    const bool samples = config.percentage ? *config.percentage > 0 && *config.percentage < kAllNodes
                                           : input.kube.nodes.size() > kSampledFrom;
    const bool adaptive = config.percentage == 0 && input.kube.nodes.size() > kSampledFrom;
    if (samples || adaptive) {
      Found(Health::kWarn,
            config.where + ": percentageOfNodesToScore is " +
                (config.percentage.value_or(0) == 0 ? std::string("adaptive") : std::to_string(*config.percentage)) +
                ": the nodes that hold the data may never be offered",
            "Set percentageOfNodesToScore: 100 and start the scheduler anew.", check);
    }
  }
  if (found == 0) {
    Found(Health::kUnknown, "no ConfigMap in namespace " + input.space + " configures the scheduler " + input.scheduler,
          "See docs/operations.md, kube-scheduler, for what has to be set where it is configured.", check);
  }
  return check;
}

Check CheckRights(const CheckInput& input) {
  Check check{"rights of the parts", Health::kOk, {}, ""};
  std::string why;
  if (IsUnread(input.kube, "pods", &why) || IsUnread(input.kube, "rights", &why)) {
    Found(Health::kUnknown, why, RightsFix(input.kube), check);
    return check;
  }
  std::map<std::string, size_t> allowed;
  for (const RightFact& right : input.kube.rights) {
    if (right.allowed) {
      ++allowed[right.part + " (" + right.account + ")"];
      continue;
    }
    // locus-meta asks the API server only where nodes.kubernetes is set.
    const Health health = right.part == "locus-meta" ? Health::kWarn : Health::kFail;
    Found(health, right.part + " (" + right.account + ") may not " + right.what,
          "Bind the roles of docs/operations.md, rights at the API server, to its service account.", check);
  }
  for (const auto& [who, count] : allowed) Well(who + " has " + Count(count, "right") + " that it needs", check);
  if (input.kube.rights.empty()) {
    Found(Health::kUnknown, "no pod of locus-extender or locus-meta in namespace " + input.space,
          "Name the namespace where Locus is installed with --namespace.", check);
  }
  return check;
}

Check CheckAdmission(const CheckInput& input) {
  Check check{"admission policy", Health::kOk, {}, ""};
  std::string why;
  if (IsUnread(input.kube, "policies", &why)) {
    Found(Health::kUnknown, why, RightsFix(input.kube), check);
    return check;
  }
  const char* const fix =
      "Without a policy each pod has to name the scheduler itself: `locusctl spark-conf` prints how. Or apply "
      "manifests/admission.";
  if (input.kube.policy_version.empty()) {
    Found(Health::kWarn, "this API server knows no MutatingAdmissionPolicy", fix, check);
    return check;
  }
  for (const PolicyFact& policy : input.kube.policies) {
    if (policy.bound) {
      Well(policy.name + " is bound", check);
    } else {
      Found(Health::kWarn, policy.name + " has no binding: it does nothing",
            "Apply the MutatingAdmissionPolicyBinding of manifests/admission.", check);
    }
  }
  if (input.kube.policies.empty()) Found(Health::kWarn, "no MutatingAdmissionPolicy speaks of locus.dev/", fix, check);
  return check;
}

}  // namespace locus::ctl
