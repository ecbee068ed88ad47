#include "alluxio_meta/nodes/kube_directory.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>

#include "alluxio_meta/nodes/kube_directory_metrics.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/common/eventually.h"

using namespace locus;
using namespace locus::meta;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// What an API server would answer, shared with the test that changes it.
class Script {
 public:
  void Nodes(absl::StatusOr<std::vector<kube::Node>> nodes) {
    MutexLock lock(mutex_);
    nodes_ = std::move(nodes);
  }
  void Pods(absl::StatusOr<std::vector<kube::Pod>> pods) {
    MutexLock lock(mutex_);
    pods_ = std::move(pods);
  }
  // Calls wait from now on until they are stopped.
  void Hang() {
    MutexLock lock(mutex_);
    hangs_ = true;
  }
  void Stop() {
    MutexLock lock(mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  absl::StatusOr<std::vector<kube::Node>> ListNodes() {
    MutexLock lock(mutex_);
    if (hangs_) {
      hanging_ = true;
      changed_.Wait(mutex_, [this] { return stopped_; });
      return absl::CancelledError("stopped");
    }
    return nodes_;
  }
  absl::StatusOr<std::vector<kube::Pod>> ListPods(const std::string& selector) {
    MutexLock lock(mutex_);
    selector_ = selector;
    if (stopped_) return absl::CancelledError("stopped");
    return pods_;
  }
  std::string selector() {
    MutexLock lock(mutex_);
    return selector_;
  }
  bool hanging() {
    MutexLock lock(mutex_);
    return hanging_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool hangs_ = false;
  bool hanging_ = false;
  bool stopped_ = false;
  std::string selector_;
  absl::StatusOr<std::vector<kube::Node>> nodes_ = std::vector<kube::Node>();
  absl::StatusOr<std::vector<kube::Pod>> pods_ = std::vector<kube::Pod>();
};

class ScriptedApi final : public kube::Api {
 public:
  explicit ScriptedApi(std::shared_ptr<Script> script) : script_(std::move(script)) {}
  absl::StatusOr<std::vector<kube::Node>> ListNodes() override { return script_->ListNodes(); }
  absl::StatusOr<std::vector<kube::Pod>> ListPods(const std::string& selector) override {
    return script_->ListPods(selector);
  }
  void Stop() override { script_->Stop(); }

 private:
  const std::shared_ptr<Script> script_;
};

// A directory with its script, and all that it has told.
struct Fixture {
  explicit Fixture(KubeDirectoryOptions options = Quick())
      : directory(std::make_unique<ScriptedApi>(script), std::move(options), clock,
                  [this](std::shared_ptr<const NodeDirectory> news) {
                    MutexLock lock(mutex);
                    told.push_back(std::move(news));
                  }) {}
  static KubeDirectoryOptions Quick() {
    KubeDirectoryOptions options;
    options.refresh = milliseconds(2);
    options.first_retry = milliseconds(1);
    return options;
  }
  size_t count() {
    MutexLock lock(mutex);
    return told.size();
  }
  NodeDirectory last() {
    MutexLock lock(mutex);
    return told.empty() ? NodeDirectory() : *told.back();
  }
  // Some whole rounds from now on.
  bool Rounds() {
    const uint64_t from = directory.Stats().rounds;
    return Eventually([&] { return directory.Stats().rounds >= from + 3; });
  }

  FakeClock clock;
  std::shared_ptr<Script> script = std::make_shared<Script>();
  Mutex mutex;
  std::vector<std::shared_ptr<const NodeDirectory>> told;
  // Ends first.
  KubeDirectory directory;
};

kube::Node NodeOf(const std::string& name, const std::string& ip) {
  kube::Node node;
  node.name = node.hostname_label = name;
  node.addresses = {{"InternalIP", ip}};
  return node;
}

kube::Pod PodOf(const std::string& name, const std::string& node, const std::string& ip) {
  kube::Pod pod;
  pod.space = "alluxio";
  pod.name = name;
  pod.node = node;
  pod.ips = {ip};
  return pod;
}

}  // namespace

TEST_CASE("nodes and worker pods become a directory, told once", "[nodes]") {
  KubeDirectoryOptions options = Fixture::Quick();
  options.worker_selector = "app=alluxio";
  Fixture f(options);
  kube::Pod over = PodOf("over", "a", "10.1.0.2");
  over.finished = true;
  f.script->Nodes(std::vector{NodeOf("b", "10.0.0.2"), NodeOf("a", "10.0.0.1")});
  f.script->Pods(std::vector{PodOf("w", "a", "10.1.0.1"), over, PodOf("pending", "", "")});
  f.directory.Start();
  REQUIRE(f.Rounds());
  CHECK(f.script->selector() == "app=alluxio");
  CHECK(f.count() == 1);
  CHECK(f.last() == NodeDirectory{{{"a", "a", {{"InternalIP", "10.0.0.1"}}}, {"b", "b", {{"InternalIP", "10.0.0.2"}}}},
                                  {{"alluxio", "w", "a", {"10.1.0.1"}, "", ""}}});
  // Another order is no news.
  f.script->Nodes(std::vector{NodeOf("a", "10.0.0.1"), NodeOf("b", "10.0.0.2")});
  REQUIRE(f.Rounds());
  CHECK(f.count() == 1);
  f.script->Nodes(std::vector{NodeOf("a", "10.0.0.1")});
  REQUIRE(f.Rounds());
  CHECK(f.count() == 2);
  CHECK(f.last().nodes.size() == 1);
}

TEST_CASE("the last good directory outlives an API server that is away", "[nodes]") {
  Fixture f;
  f.script->Nodes(std::vector{NodeOf("a", "10.0.0.1")});
  f.script->Pods(std::vector{PodOf("w", "a", "10.1.0.1")});
  f.directory.Start();
  REQUIRE(f.Rounds());
  const NodeDirectory before = f.last();
  CHECK(f.directory.Stats().age == Duration(0));
  CHECK(f.directory.problem().empty());

  f.script->Nodes(Unavailable("gone"));
  f.script->Pods(Unavailable("gone too"));
  REQUIRE(f.Rounds());
  f.clock.Advance(seconds(7));
  REQUIRE(f.Rounds());
  CHECK(f.count() == 1);
  CHECK(f.last() == before);
  CHECK(f.directory.problem() == "cannot list nodes: gone; cannot list worker pods: gone too");
  const KubeDirectoryStats away = f.directory.Stats();
  CHECK(away.node_failures >= 3);
  CHECK(away.pod_failures >= 3);
  CHECK(away.nodes == 1);
  CHECK(away.pods == 1);
  CHECK(away.age == Duration(seconds(7)));

  f.script->Nodes(std::vector{NodeOf("b", "10.0.0.2")});
  f.script->Pods(std::vector{PodOf("w", "b", "10.1.0.1")});
  REQUIRE(f.Rounds());
  CHECK(f.last().nodes.front().name == "b");
  CHECK(f.directory.problem().empty());
  CHECK(f.directory.Stats().age == Duration(0));
}

TEST_CASE("nodes are worth having without pods, and pods without nodes", "[nodes]") {
  Fixture f;
  f.script->Nodes(std::vector{NodeOf("a", "10.0.0.1")});
  f.script->Pods(absl::PermissionDeniedError("pods is forbidden"));
  f.directory.Start();
  REQUIRE(f.Rounds());
  CHECK(f.last() == NodeDirectory{{{"a", "a", {{"InternalIP", "10.0.0.1"}}}}, {}});
  CHECK(f.directory.problem() == "cannot list worker pods: pods is forbidden");
  CHECK(f.directory.Stats().node_failures == 0);
  CHECK_FALSE(f.directory.Stats().age.has_value());

  f.script->Nodes(absl::PermissionDeniedError("nodes is forbidden"));
  f.script->Pods(std::vector{PodOf("w", "a", "10.1.0.1")});
  REQUIRE(f.Rounds());
  CHECK(f.last().nodes.size() == 1);
  CHECK(f.last().pods.size() == 1);
}

TEST_CASE("known nodes are there from the start, and join what is listed", "[nodes]") {
  KubeDirectoryOptions options = Fixture::Quick();
  options.known = {{"vm", "", {{"", "192.168.0.9"}}}, {"a", "label", {{"", "a.example"}}}};
  Fixture f(options);
  f.script->Nodes(Unavailable("gone"));
  f.directory.Start();
  REQUIRE(f.count() >= 1);
  CHECK(f.last() == NodeDirectory{{{"a", "label", {{"", "a.example"}}}, {"vm", "", {{"", "192.168.0.9"}}}}, {}});
  f.script->Nodes(std::vector{NodeOf("a", "10.0.0.1")});
  REQUIRE(f.Rounds());
  CHECK(f.last() ==
        NodeDirectory{{{"a", "a", {{"InternalIP", "10.0.0.1"}, {"", "a.example"}}}, {"vm", "", {{"", "192.168.0.9"}}}},
                      {}});
}

TEST_CASE("a call that hangs does not hold up Stop", "[nodes]") {
  auto f = std::make_unique<Fixture>();
  f->script->Hang();
  f->directory.Start();
  REQUIRE(Eventually([&] { return f->script->hanging(); }));
  const auto start = std::chrono::steady_clock::now();
  f->directory.Stop();
  f->directory.Stop();
  CHECK(std::chrono::steady_clock::now() - start < seconds(5));
  // Being stopped is no failure.
  CHECK(f->directory.Stats().node_failures == 0);
  CHECK(f->directory.problem().empty());
  CHECK(f->count() == 0);
}

TEST_CASE("a long refresh neither holds up Stop nor the first success", "[nodes]") {
  KubeDirectoryOptions options;
  options.refresh = std::chrono::hours(1);
  options.first_retry = milliseconds(1);
  Fixture f(options);
  f.script->Nodes(Unavailable("not yet"));
  f.directory.Start();
  REQUIRE(Eventually([&] { return f.directory.Stats().node_failures >= 2; }));
  f.script->Nodes(std::vector{NodeOf("a", "10.0.0.1")});
  REQUIRE(Eventually([&] { return f.count() == 1; }));
  const auto start = std::chrono::steady_clock::now();
  f.directory.Stop();
  CHECK(std::chrono::steady_clock::now() - start < seconds(5));
}

TEST_CASE("failures and sizes stand in the metrics", "[nodes]") {
  Metrics metrics;
  Fixture f;
  ExportKubeDirectory(f.directory, metrics);
  CHECK(metrics.Render().find("locus_meta_kube_age_seconds -1\n") != std::string::npos);
  f.script->Nodes(std::vector{NodeOf("a", "10.0.0.1"), NodeOf("b", "10.0.0.2")});
  f.script->Pods(Unavailable("gone"));
  f.directory.Start();
  REQUIRE(f.Rounds());
  f.directory.Stop();
  const std::string text = metrics.Render();
  CHECK(text.find("locus_meta_kube_nodes 2\n") != std::string::npos);
  CHECK(text.find("locus_meta_kube_worker_pods 0\n") != std::string::npos);
  CHECK(text.find("locus_meta_kube_failures_total{list=\"nodes\"} 0\n") != std::string::npos);
  CHECK(text.find("locus_meta_kube_failures_total{list=\"pods\"} " + std::to_string(f.directory.Stats().pod_failures) +
                  "\n") != std::string::npos);
  // Counters tell no failure twice.
  CHECK(metrics.Render() == text);
}
