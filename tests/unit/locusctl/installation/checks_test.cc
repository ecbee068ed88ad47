#include "locusctl/installation/checks.h"

#include <catch2/catch.hpp>

using namespace locus::ctl;

namespace {

CacheWorker Worker(const std::string& node) {
  CacheWorker worker;
  worker.address = node + ":8920";
  worker.node = node;
  worker.state = CacheWorker::State::kLive;
  worker.version = "0.1.0";
  return worker;
}

PodFact Pod(const std::string& name, const std::string& node, std::vector<PodPart> parts) {
  return {name, node, name, std::move(parts), "Running", true, ""};
}

// An installation in which all is as it should be.
struct Site {
  Site() {
    ExtenderFacts extender;
    extender.url = "http://e";
    extender.version = "0.1.0";
    extender.metadata_connected = extender.cluster_asked = extender.cluster_synced = extender.leads = true;
    extender.leader = "node-a_1";
    parts.extenders = {extender};
    MetaFacts meta;
    meta.address = "m:1";
    meta.workers = {Worker("a"), Worker("b")};
    parts.metas = {meta};
    kube.server = "https://k";
    kube.version = "v1.36.3";
    kube.nodes = {{"a", true}, {"b", true}, {"control", false}};
    kube.pods = {Pod("s", "a", {{"locus-extender", "0.1.0"}, {"kube-scheduler", "v1.36.3"}}),
                 Pod("m", "b", {{"locus-meta", "0.1.0"}}), Pod("wa", "a", {{"locus-worker", "0.1.0"}}),
                 Pod("wb", "b", {{"locus-worker", "0.1.0"}})};
    SchedulerConfig config;
    config.where = "ConfigMap c, k";
    config.scheduler_names = {"locus"};
    config.percentage = 100;
    config.extenders = {{"http://127.0.0.1:8900", "", "prioritize", 20, true, true}};
    config.lease_space = "locus";
    config.lease_name = "locus-scheduler";
    kube.configs = {config};
    kube.leases = {{"locus", "locus-scheduler", "s_1", 2000, 15}};
    kube.policy_version = "v1";
    kube.policies = {{"locus", true}};
    kube.rights = {{"locus-extender", "locus/s", "patch pods", true}, {"locus-meta", "locus/m", "list nodes", true}};
  }
  CheckInput Input() const { return {parts, kube, "locus", "locus", "0.1.0"}; }

  InstallationFacts parts;
  KubeFacts kube;
};

// What `check` must find, and that it says what to do.
void Finds(const Check& check, Health health, const std::string& evidence) {
  INFO(check.subject);
  CHECK(check.health == health);
  REQUIRE_FALSE(check.evidence.empty());
  CHECK(check.evidence[0].find(evidence) != std::string::npos);
  CHECK(check.fix.empty() == (health == Health::kOk));
}

}  // namespace

TEST_CASE("an installation as it should be passes every check", "[checks]") {
  const Site site;
  const auto checks = CheckInstallation(site.Input());
  CHECK(checks.size() == 10);
  for (const Check& check : checks) {
    INFO(check.subject);
    CHECK(check.health == Health::kOk);
    CHECK_FALSE(check.evidence.empty());
    CHECK(check.fix.empty());
  }
}

TEST_CASE("without an API server what rests on it cannot be judged, the rest can", "[checks]") {
  Site site;
  site.kube = {};
  site.kube.problem = "no API server is named";
  size_t unknown = 0;
  for (const Check& check : CheckInstallation(site.Input())) {
    CHECK(check.health != Health::kFail);
    unknown += check.health == Health::kUnknown ? 1 : 0;
  }
  CHECK(unknown == 6);
  Finds(CheckApiServer(site.Input()), Health::kUnknown, "no API server is named");
  Finds(CheckMetadata(site.Input()), Health::kOk, "m:1 answers");
}

TEST_CASE("a right that the user lacks is told with what to ask for", "[checks]") {
  Site site;
  site.kube.unread["configmaps"] = "forbidden";
  Finds(CheckApiServer(site.Input()), Health::kUnknown, "configmaps could not be read: forbidden");
  Finds(CheckSchedulerConfig(site.Input()), Health::kUnknown, "configmaps could not be read");
}

TEST_CASE("a scheduler that does not run is found by pod, Lease and pods that nobody looks at", "[checks]") {
  Site site;
  site.kube.pods[0].ready = false;
  site.kube.pods[0].waiting = "scheduler: CrashLoopBackOff";
  Finds(CheckScheduler(site.Input()), Health::kFail, "pod s is not ready: scheduler: CrashLoopBackOff");
  site = Site();
  site.kube.leases[0].renewed_ms_ago = 31'000;
  Finds(CheckScheduler(site.Input()), Health::kFail, "was renewed 31s ago by s_1");
  site.kube.leases[0].renewed_ms_ago = 30'000;
  CHECK(CheckScheduler(site.Input()).health == Health::kOk);
  // A clock that is behind the scheduler's.
  site.kube.leases[0].renewed_ms_ago = -5'000;
  CHECK(CheckScheduler(site.Input()).health == Health::kOk);
  site.kube.leases[0].holder = "";
  Finds(CheckScheduler(site.Input()), Health::kFail, "is held by nobody");
  site.kube.leases.clear();
  Finds(CheckScheduler(site.Input()), Health::kFail, "Lease locus/locus-scheduler does not exist");
  site = Site();
  site.kube.ignored_pods = {"jobs/p"};
  Finds(CheckScheduler(site.Input()), Health::kFail, "pod jobs/p asks for scheduler locus");
  site = Site();
  site.kube.pods.erase(site.kube.pods.begin());
  Finds(CheckScheduler(site.Input()), Health::kUnknown, "no pod in namespace locus runs a kube-scheduler");
}

TEST_CASE("the traps of the scheduler's configuration are seen", "[checks]") {
  const auto with = [](auto change) {
    Site site;
    change(site.kube.configs[0]);
    return CheckSchedulerConfig(site.Input());
  };
  Finds(with([](SchedulerConfig& c) { c.extenders[0].node_cache_capable = false; }), Health::kFail, "nodeCacheCapable");
  Finds(with([](SchedulerConfig& c) { c.extenders[0].ignorable = false; }), Health::kFail, "ignorable");
  Finds(with([](SchedulerConfig& c) { c.extenders[0].prioritize_verb = ""; }), Health::kFail, "prioritizeVerb");
  Finds(with([](SchedulerConfig& c) { c.extenders[0].weight = 1; }), Health::kWarn, "weight is 1");
  Finds(with([](SchedulerConfig& c) { c.extenders.clear(); }), Health::kFail, "registers no extender");
  Finds(with([](SchedulerConfig& c) { c.percentage = 50; }), Health::kWarn, "percentageOfNodesToScore is 50");
  Finds(with([](SchedulerConfig& c) { c.problem = "bad"; }), Health::kFail, "cannot be read: bad");
  Finds(with([](SchedulerConfig& c) { c.scheduler_names = {"other"}; }), Health::kUnknown, "no ConfigMap");
}

TEST_CASE("a percentage that is not set matters in large clusters only", "[checks]") {
  Site site;
  site.kube.configs[0].percentage.reset();
  CHECK(CheckSchedulerConfig(site.Input()).health == Health::kOk);
  site.kube.nodes.resize(101);
  Finds(CheckSchedulerConfig(site.Input()), Health::kWarn, "percentageOfNodesToScore is adaptive");
  site.kube.configs[0].percentage = 0;
  Finds(CheckSchedulerConfig(site.Input()), Health::kWarn, "percentageOfNodesToScore is adaptive");
  site.kube.configs[0].percentage = 100;
  CHECK(CheckSchedulerConfig(site.Input()).health == Health::kOk);
}

TEST_CASE("a right that a part lacks fails, one that it may do without is a warning", "[checks]") {
  Site site;
  site.kube.rights[1].allowed = false;
  Finds(CheckRights(site.Input()), Health::kWarn, "locus-meta (locus/m) may not list nodes");
  site.kube.rights[0].allowed = false;
  Finds(CheckRights(site.Input()), Health::kFail, "locus-extender (locus/s) may not patch pods");
  site.kube.rights.clear();
  Finds(CheckRights(site.Input()), Health::kUnknown, "no pod of locus-extender or locus-meta");
}

TEST_CASE("an admission policy is wished for, and useless without a binding", "[checks]") {
  Site site;
  site.kube.policies[0].bound = false;
  Finds(CheckAdmission(site.Input()), Health::kWarn, "locus has no binding");
  site.kube.policies.clear();
  Finds(CheckAdmission(site.Input()), Health::kWarn, "no MutatingAdmissionPolicy speaks of locus.dev/");
  site.kube.policy_version = "";
  Finds(CheckAdmission(site.Input()), Health::kWarn, "knows no MutatingAdmissionPolicy");
}

TEST_CASE("an extender that is away, alone or degraded is told", "[checks]") {
  Site site;
  site.parts.extenders[0].degraded = {{"decisions", "input_pending", "2026-01-01T00:00:00Z", "3 decisions"}};
  Finds(CheckExtender(site.Input()), Health::kWarn, "decisions input_pending: 3 decisions, since 2026-01-01T00:00:00Z");
  site.parts.extenders[0].degraded[0].part = "metadata";
  CHECK(CheckExtender(site.Input()).health == Health::kFail);
  site.parts.extenders[0].degraded.clear();
  site.parts.extenders[0].cluster_asked = false;
  Finds(CheckExtender(site.Input()), Health::kWarn, "asks no API server");
  Finds(CheckGate(site.Input()), Health::kUnknown, "no extender that asks an API server");
  site.parts.extenders[0].problem = "cannot be reached: refused";
  Finds(CheckExtender(site.Input()), Health::kFail, "http://e cannot be reached");
}

TEST_CASE("the gate has one leader, whom all extenders name", "[checks]") {
  Site site;
  site.parts.extenders.push_back(site.parts.extenders[0]);
  site.parts.extenders[1].leads = false;
  CHECK(CheckGate(site.Input()).health == Health::kOk);
  site.parts.extenders[1].leader = "other";
  Finds(CheckGate(site.Input()), Health::kWarn, "different leaders");
  site.parts.extenders[1].leads = true;
  Finds(CheckGate(site.Input()), Health::kFail, "2 extenders lead");
  site.parts.extenders.pop_back();
  site.parts.extenders[0].leads = false;
  site.parts.extenders[0].leader = "";
  Finds(CheckGate(site.Input()), Health::kFail, "nobody leads");
}

TEST_CASE("metadata that is away, stale or without mounts is told", "[checks]") {
  Site site;
  site.parts.metas[0].mounts_problem = "the master is away";
  Finds(CheckMetadata(site.Input()), Health::kWarn, "mounts may be missing at m:1");
  site.parts.metas[0].stale = true;
  Finds(CheckMetadata(site.Input()), Health::kFail, "calls its picture out of date");
  site.parts.metas[0].problem = "refused";
  Finds(CheckMetadata(site.Input()), Health::kFail, "m:1 cannot be asked: refused");
  Finds(CheckWorkers(site.Input()), Health::kUnknown, "no locus-meta has answered");
}

TEST_CASE("workers that are lost, silent, unmatched or missing are told", "[checks]") {
  Site site;
  auto& workers = site.parts.metas[0].workers;
  workers[1].last_heard_ms = 6000;
  Finds(CheckWorkers(site.Input()), Health::kWarn, "b (b:8920) was heard 6s ago");
  workers[1].state = CacheWorker::State::kLost;
  Finds(CheckWorkers(site.Input()), Health::kFail, "b (b:8920) is lost");
  workers.pop_back();
  Finds(CheckWorkers(site.Input()), Health::kFail, "node b: pod wb is ready, and locus-meta does not hear it");
  site.kube.pods[3].ready = false;
  site.kube.pods[3].waiting = "w: ImagePullBackOff";
  Finds(CheckWorkers(site.Input()), Health::kFail, "pod wb is not ready: w: ImagePullBackOff");
  site.kube.pods.pop_back();
  Finds(CheckWorkers(site.Input()), Health::kWarn, "1 open node without a worker, such as b");
  workers[0].node = "";
  CHECK(CheckWorkers(site.Input()).health == Health::kFail);
  workers.clear();
  site.kube.pods.clear();
  Finds(CheckWorkers(site.Input()), Health::kFail, "has heard of no worker");
}

TEST_CASE("several versions at once are a warning", "[checks]") {
  Site site;
  site.kube.pods[1].parts[0].tag = "0.2.0";
  const Check check = CheckVersions(site.Input());
  Finds(check, Health::kWarn, "2 versions at once");
  CHECK(check.evidence[1] == "0.1.0: locus-extender locus-worker locusctl");
  CHECK(check.evidence[2] == "0.2.0: locus-meta");
}

TEST_CASE("evidence is bounded, the worst comes first", "[checks]") {
  Site site;
  for (int i = 0; i < 100; ++i) {
    CacheWorker lost = Worker("n" + std::to_string(i));
    lost.state = CacheWorker::State::kLost;
    site.parts.metas[0].workers.push_back(lost);
  }
  const auto checks = CheckInstallation(site.Input());
  const Check& workers = checks[7];
  CHECK(workers.subject == "workers");
  REQUIRE(workers.evidence.size() == 25);
  CHECK(workers.evidence[0].find("is lost") != std::string::npos);
  CHECK(workers.evidence[24] == "and 77 more");
}
