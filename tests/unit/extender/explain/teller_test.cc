#include "extender/explain/teller.h"

#include <catch2/catch.hpp>

#include "common/mutex.h"
#include "tests/unit/extender/fake_cluster.h"

using namespace locus;
using namespace locus::extender;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;

struct Fixture {
  FakeCluster cluster;
  DecisionRing ring{16};
  Metrics metrics;
  Mutex mutex;
  CondVar told;
  std::vector<std::string> lines;
  Teller teller{cluster, ring, metrics, [this](PodEventKind kind, const PodRef& pod, std::string note) {
                  MutexLock lock(mutex);
                  lines.push_back(std::string(WordsOf(kind).reason) + " " + std::string(pod.name) + ": " + note);
                  told.NotifyAll();
                }};

  std::vector<std::string> Lines() {
    MutexLock lock(mutex);
    return lines;
  }
};

DecisionRecord Record(Outcome outcome, Reason reason = Reason::kNone) {
  DecisionRecord record;
  record.pod = {"ns", "p", "u", "app"};
  record.outcome = outcome;
  record.reason = reason;
  return record;
}

}  // namespace

TEST_CASE("what a person should know of a decision is told on the pod", "[teller]") {
  Fixture f;
  f.teller.Decided(Record(Outcome::kScored));
  CHECK(f.Lines().empty());
  f.teller.Decided(Record(Outcome::kDegraded, Reason::kMetadataAway));
  f.teller.Decided(Record(Outcome::kRefused, Reason::kWaiting));
  f.teller.Decided(Record(Outcome::kPassed, Reason::kUncached));
  DecisionRecord better = Record(Outcome::kScored);
  better.best_not_offered = "n9";
  better.annotation_problem = "locus.dev/share: a share of 0 bytes";
  f.teller.Decided(better);
  f.teller.Waits({"ns", "p", "u"}, std::chrono::seconds(30));
  CHECK(f.Lines() ==
        std::vector<std::string>{"LocalityDegraded p: placed without regard to cached data: locus-meta is away",
                                 "LocalityWaiting p: waiting for a node that holds the pod's data",
                                 "LocalityUncached p: no node holds any of the pod's inputs: it may run anywhere",
                                 "LocalityBadAnnotation p: locus.dev/share: a share of 0 bytes",
                                 "BestHolderNotOffered p: n9 holds more of the pod's data than any node that had room",
                                 "LocalityWaiting p: waiting for a node that holds the pod's data, for at most 30s"});
}

TEST_CASE("a pod that was bound is told what it finds there, and counts for its application", "[teller]") {
  Fixture f;
  auto record = Record(Outcome::kScored);
  record.share_bytes = 4 * kGiB;
  NodeTerms terms;
  terms.terms.taken = {2 * kGiB, kGiB, 0};
  terms.offered = 1;
  // The first could not be had, the second was better than the one that the scheduler took.
  record.nodes.push_back({"n9", {}});
  record.nodes.push_back({"n2", terms});
  record.nodes.back().terms.terms.taken = {4 * kGiB, 0, 0};
  record.nodes.push_back({"n1", terms});
  f.ring.Add(std::make_shared<const DecisionRecord>(record));
  f.cluster.bound = {{"ns", "p", "u", "n1", "g"}, {"ns", "unknown", "u2", "n1", "g"}};
  std::vector<std::string> heard;
  f.teller.OnBound([&heard](const ClusterView::Bound& bound) { heard.push_back(bound.name); });
  f.teller.Start();
  f.teller.Wake();
  {
    MutexLock lock(f.mutex);
    REQUIRE(f.told.WaitFor(f.mutex, std::chrono::seconds(20), [&f] { return !f.lines.empty(); }));
  }
  f.teller.Stop();
  // Also of a pod that somebody else has decided about.
  CHECK(heard == std::vector<std::string>{"p", "unknown"});
  CHECK(f.Lines() == std::vector<std::string>{
                         "LocalityPlaced p: 3 GiB of its share of 4 GiB lie on n1 (2 GiB in MEM, 1 GiB in SSD)"});
  CHECK(f.metrics.Render().find(R"(locus_extender_application_local_ratio{application="ns/app"} 0.75)") !=
        std::string::npos);
  const auto applications = f.teller.Applications(10);
  REQUIRE(applications.size() == 1);
  CHECK(applications[0].application == "ns/app");
  CHECK(applications[0].best_bytes == 4 * kGiB);
  CHECK(applications[0].local_bytes == 3 * kGiB);
}
