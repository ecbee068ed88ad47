#include "locusctl/installation/kube_ask.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include "common/status.h"
#include "common/url.h"
#include "locusctl/installation/kube_json.h"

namespace locus::ctl {
namespace {

constexpr size_t kPageSize = 500;
// Seven times the nodes of the largest clusters.
constexpr size_t kMaxItems = 35'000;
constexpr const char* kReviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

// What each program asks of the API server: docs/operations.md, rights. An empty space: all; "*": that of Locus.
struct Need {
  const char* part;
  const char* verb;
  const char* group;
  const char* resource;
  const char* space;
};
constexpr std::array<Need, 11> kNeeds = {{{"locus-extender", "list", "", "nodes", ""},
                                          {"locus-extender", "watch", "", "nodes", ""},
                                          {"locus-extender", "list", "", "pods", ""},
                                          {"locus-extender", "watch", "", "pods", ""},
                                          {"locus-extender", "patch", "", "pods", ""},
                                          {"locus-extender", "create", "events.k8s.io", "events", ""},
                                          {"locus-extender", "get", "coordination.k8s.io", "leases", "*"},
                                          {"locus-extender", "create", "coordination.k8s.io", "leases", "*"},
                                          {"locus-extender", "update", "coordination.k8s.io", "leases", "*"},
                                          {"locus-meta", "list", "", "nodes", ""},
                                          {"locus-meta", "list", "", "pods", ""}}};

class Asking {
 public:
  Asking(kube::Asker& asker, const KubeQuestions& questions, WallTime now)
      : asker_(asker), questions_(questions), now_(now) {}

  KubeFacts Run() {
    const absl::StatusOr<std::string> version = Parsed<std::string>("/version", &ParseVersion);
    if (!version.ok()) {
      facts_.problem = MessageOf(version.status());
      return std::move(facts_);
    }
    facts_.version = *version;
    const std::string space = "/api/v1/namespaces/" + PercentEncoded(questions_.space);
    facts_.nodes = All<NodeFact>("nodes", "/api/v1/nodes?", &ParseNodes);
    facts_.pods = All<PodFact>("pods", space + "/pods?", &ParsePods);
    facts_.configs = All<SchedulerConfig>("configmaps", space + "/configmaps?", &ParseSchedulerConfigs);
    facts_.ignored_pods = All<std::string>(
        "waiting pods",
        "/api/v1/pods?fieldSelector=" +
            PercentEncoded("spec.schedulerName=" + questions_.scheduler + ",spec.nodeName=,status.phase=Pending") + "&",
        [this](const std::string& body) { return ParseIgnoredPods(body, now_); });
    AskLeases();
    AskPolicies();
    AskRights();
    return std::move(facts_);
  }

 private:
  template <typename T, typename Parse>
  absl::StatusOr<T> Parsed(const std::string& target, Parse parse) {
    LOCUS_ASSIGN_OR_RETURN(const std::string body, asker_.Get(target));
    return parse(body);
  }

  // `path` ends in '?' or '&'. What cannot be read is noted as `what`.
  template <typename T, typename Parse>
  std::vector<T> All(const char* what, const std::string& path, Parse parse) {
    std::vector<T> all;
    std::string next;
    size_t pages = 0;
    do {
      absl::StatusOr<KubePage<T>> page = Parsed<KubePage<T>>(
          path + "limit=" + std::to_string(kPageSize) + (next.empty() ? "" : "&continue=" + PercentEncoded(next)),
          parse);
      if (!page.ok()) {
        facts_.unread.emplace(what, MessageOf(page.status()));
        return all;
      }
      std::move(page->items.begin(), page->items.end(), std::back_inserter(all));
      // A server may send empty pages without end.
      if (++pages > kMaxItems / kPageSize) {
        facts_.unread.emplace(what, "there are more than " + std::to_string(kMaxItems));
        return all;
      }
      next = std::move(page->next);
    } while (!next.empty());
    return all;
  }

  void AskLeases() {
    const std::string path = "/apis/coordination.k8s.io/v1/namespaces/";
    facts_.leases = All<LeaseFact>("leases", path + PercentEncoded(questions_.space) + "/leases?",
                                   [this](const std::string& body) { return ParseLeases(body, now_); });
    for (const SchedulerConfig& config : facts_.configs) {
      if (!config.elects || config.lease_space == questions_.space) continue;
      const absl::StatusOr<LeaseFact> lease =
          Parsed<LeaseFact>(path + PercentEncoded(config.lease_space) + "/leases/" + PercentEncoded(config.lease_name),
                            [this](const std::string& body) { return ParseLease(body, now_); });
      if (lease.ok()) {
        facts_.leases.push_back(*lease);
      } else if (lease.status().code() != absl::StatusCode::kNotFound) {
        facts_.unread.emplace("leases", MessageOf(lease.status()));
      }
    }
  }

  void AskPolicies() {
    for (const char* version : {"v1", "v1beta1", "v1alpha1"}) {
      const std::string path = std::string("/apis/admissionregistration.k8s.io/") + version;
      const absl::StatusOr<std::string> first = asker_.Get(path + "/mutatingadmissionpolicies?limit=1");
      if (first.status().code() == absl::StatusCode::kNotFound) continue;
      facts_.policy_version = version;
      const auto policies = All<std::string>("policies", path + "/mutatingadmissionpolicies?", &ParsePolicies);
      const auto names = All<std::string>("policies", path + "/mutatingadmissionpolicybindings?", &ParsePolicyBindings);
      const std::set<std::string> bound(names.begin(), names.end());
      for (const std::string& policy : policies) facts_.policies.push_back({policy, bound.count(policy) > 0});
      return;
    }
  }

  void AskRights() {
    std::set<std::pair<std::string, std::string>> accounts;
    for (const PodFact& pod : facts_.pods) {
      for (const PodPart& part : pod.parts) {
        if (!pod.account.empty()) accounts.emplace(part.program, questions_.space + "/" + pod.account);
      }
    }
    for (const auto& [part, account] : accounts) {
      for (const Need& need : kNeeds) {
        if (part != need.part) continue;
        const std::string space = std::string(need.space) == "*" ? questions_.space : "";
        const absl::StatusOr<std::string> answer =
            asker_.Review(kReviews, ReviewJson(account, {need.verb, need.group, need.resource, space}));
        const absl::StatusOr<bool> allowed = answer.ok() ? ParseReview(*answer) : answer.status();
        if (!allowed.ok()) {
          facts_.unread.emplace("rights", MessageOf(allowed.status()));
          return;
        }
        facts_.rights.push_back({part, account, std::string(need.verb) + " " + need.resource, *allowed});
      }
    }
  }

  kube::Asker& asker_;
  const KubeQuestions& questions_;
  const WallTime now_;
  KubeFacts facts_;
};

}  // namespace

KubeFacts AskKube(kube::Asker& asker, const KubeQuestions& questions, WallTime now) {
  return Asking(asker, questions, now).Run();
}

}  // namespace locus::ctl
