#include "locusctl/installation/checkup.h"

#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;

namespace {

constexpr const char* kSpace = "/api/v1/namespaces/locus";
constexpr const char* kLeases = "/apis/coordination.k8s.io/v1/namespaces/locus/leases?limit=500";

// An API server that answers from memory; what it has no answer for is not served.
class FakeKube final : public kube::Asker {
 public:
  absl::StatusOr<std::string> Get(const std::string& target) override {
    asked.push_back(target);
    if (const auto found = failures.find(target); found != failures.end()) return found->second;
    const auto found = answers.find(target);
    if (found == answers.end()) return absl::NotFoundError("not served");
    return found->second;
  }
  absl::StatusOr<std::string> Review(const std::string&, const std::string& json) override {
    reviews.push_back(json);
    return reviewed;
  }

  std::map<std::string, std::string> answers;
  std::map<std::string, absl::Status> failures;
  absl::StatusOr<std::string> reviewed = std::string(R"({"status": {"allowed": true}})");
  std::vector<std::string> asked;
  std::vector<std::string> reviews;
};

struct Site {
  Site() {
    kube.answers = {
        {"/version", R"({"gitVersion": "v1.36.3"})"},
        {"/api/v1/nodes?limit=500", R"({"items": [{"metadata": {"name": "a"}, "spec": {}}]})"},
        {std::string(kSpace) + "/pods?limit=500", R"({"items": [{"metadata": {"name": "s-1"}, "spec": {"nodeName": "a",
          "serviceAccountName": "sched", "containers": [{"name": "locus-extender"}, {"name": "kube-scheduler"}]},
          "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}]})"},
        {std::string(kSpace) + "/configmaps?limit=500", R"({"items": [{"metadata": {"name": "c"}, "data": {"k":
          "kind: KubeSchedulerConfiguration\nprofiles: [{schedulerName: locus}]\nleaderElection: {resourceName: l, resourceNamespace: locus}\nextenders: [{urlPrefix: u, prioritizeVerb: p, weight: 20, nodeCacheCapable: true, ignorable: true}]\n"}}]})"},
        {"/api/v1/pods?fieldSelector=spec.schedulerName%3Dlocus%2Cspec.nodeName%3D%2Cstatus.phase%3DPending&limit=500",
         R"({"items": []})"},
        {kLeases, R"({"items": [{"metadata": {"name": "l", "namespace": "locus"}, "spec": {"holderIdentity": "h",
          "leaseDurationSeconds": 15, "renewTime": "2025-12-31T23:59:58.000000Z"}}]})"},
        {"/apis/admissionregistration.k8s.io/v1beta1/mutatingadmissionpolicies?limit=1", "{}"},
        {"/apis/admissionregistration.k8s.io/v1beta1/mutatingadmissionpolicies?limit=500",
         R"({"items": [{"metadata": {"name": "ours"}, "spec": {"x": "locus.dev/inputs"}}]})"},
        {"/apis/admissionregistration.k8s.io/v1beta1/mutatingadmissionpolicybindings?limit=500",
         R"({"items": [{"spec": {"policyName": "ours"}}]})"}};
    auto extender = std::make_unique<FakeDecisionSource>();
    extender->answer = {200, R"({"version": "0.1.0", "started": "x", "metadata": {"connected": true, "age_ms": 1},
      "cluster": {"asked": true, "synced": true, "age_ms": 1}, "gate": {"leads": true, "leader": "h"}, "decisions": [],
      "degraded": []})"};
    auto meta = std::make_unique<FakeLocalitySource>();
    REQUIRE(google::protobuf::TextFormat::ParseFromString(
        R"(workers { workers { address { host: "h" data_port: 1 } node: "a" state: LIVE version: "0.1.0" } })",
        &meta->workers));
    sources.extenders.push_back(std::move(extender));
    sources.metas.push_back(std::move(meta));
  }
  int Run(const Output& output) { return RunCheckup(CheckupOptions(), sources, &kube, "https://k", clock, output); }
  // The checks, by subject.
  std::map<std::string, nlohmann::json> Checks() {
    CapturedOutput judged;
    Run(judged.AsJson());
    std::map<std::string, nlohmann::json> checks;
    const nlohmann::json document = nlohmann::json::parse(judged.out.str());
    for (const auto& check : document["checks"]) checks[check["subject"]] = check;
    return checks;
  }

  FakeKube kube;
  InstallationSources sources;
  FakeClock clock;
  CapturedOutput captured;
};

}  // namespace

TEST_CASE("an installation that is well ends with 0, each subject with its evidence", "[locusctl]") {
  Site site;
  CHECK(site.Run(site.captured.AsText({false, 100})) == 0);
  const std::string text = site.captured.out.str();
  INFO(text);
  CHECK(text.starts_with(
      "OK       API server\n         https://k answers, version v1.36.3\n\nOK       rights of the parts\n"));
  CHECK(text.find(
            "\nOK       scheduler\n         pod s-1 is ready on a\n         Lease locus/l is held by h, renewed ") !=
        std::string::npos);
  CHECK(text.find("FAIL") == std::string::npos);
  CHECK(text.find(" -> ") == std::string::npos);
  // The nine rights of the extender, for its own account.
  CHECK(site.kube.reviews.size() == 9);
  CHECK(site.kube.reviews[0].find("system:serviceaccount:locus:sched") != std::string::npos);
}

TEST_CASE("what fails ends with 1 and what to do", "[locusctl]") {
  Site site;
  site.kube.reviewed = std::string(R"({"status": {"allowed": false}})");
  CHECK(site.Run(site.captured.AsText({false, 100})) == 1);
  CHECK(site.captured.out.str().find("FAIL     rights of the parts\n         locus-extender (locus/sched) may not list "
                                     "nodes\n") != std::string::npos);
  CHECK(site.captured.out.str().find("      -> Bind the roles") != std::string::npos);
}

TEST_CASE("what may not be read cannot be judged, and ends with 4", "[locusctl]") {
  Site site;
  site.kube.failures[kLeases] = absl::PermissionDeniedError("leases is forbidden");
  const auto checks = site.Checks();
  CHECK(checks.at("API server")["health"] == "UNKNOWN");
  CHECK(checks.at("scheduler")["health"] == "UNKNOWN");
  CHECK(checks.at("workers")["health"] == "OK");
  CHECK(site.Run(site.captured.AsText()) == 4);
}

TEST_CASE("an API server that does not answer is asked nothing more", "[locusctl]") {
  Site site;
  site.kube.failures["/version"] = absl::UnavailableError("refused");
  CHECK(site.Run(site.captured.AsText()) == 4);
  CHECK(site.kube.asked == std::vector<std::string>{"/version"});
  CHECK(RunCheckup(CheckupOptions(), site.sources, nullptr, "", site.clock, site.captured.AsText()) == 4);
  CHECK(site.captured.out.str().find("no API server is named") != std::string::npos);
}

TEST_CASE("long lists are read page by page, and not without end", "[locusctl]") {
  Site site;
  site.kube.answers["/api/v1/nodes?limit=500"] =
      R"({"metadata": {"continue": "a b"}, "items": [{"metadata": {"name": "a"}, "spec": {}}]})";
  site.kube.answers["/api/v1/nodes?limit=500&continue=a%20b"] =
      R"({"metadata": {}, "items": [{"metadata": {"name": "b"}, "spec": {}}]})";
  CHECK(site.Checks().at("workers")["evidence"][0] == "1 open node without a worker, such as b");
  site.kube.answers["/api/v1/nodes?limit=500&continue=a%20b"] = R"({"metadata": {"continue": "a b"}, "items": []})";
  CHECK(site.Checks().at("API server")["evidence"][0] == "nodes could not be read: there are more than 35000");
}

TEST_CASE("names from the API server cannot harm the terminal", "[locusctl]") {
  Site site;
  site.kube.answers["/version"] = R"({"gitVersion": "v1\u001b[31m"})";
  site.kube.answers[std::string(kSpace) + "/pods?limit=500"] =
      R"({"items": [{"metadata": {"name": "x\u001b[31m"}, "spec": {"containers": [{"name": "kube-scheduler"}]}}]})";
  site.Run(site.captured.AsText());
  CHECK(IsHarmless(site.captured.out.str()));
}
