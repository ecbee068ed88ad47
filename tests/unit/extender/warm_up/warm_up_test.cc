#include "extender/warm_up/warm_up.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <utility>

#include "common/mutex.h"
#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/extender/fake_cluster.h"
#include "tests/unit/extender/fake_locality.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kMiB = 1 << 20;

class FakeDirectory final : public WorkerDirectory {
 public:
  absl::StatusOr<std::vector<CacheWorker>> Workers() override {
    ++asked;
    return workers;
  }
  absl::StatusOr<std::vector<alluxio_wire::MountedUri>> Mounts() override {
    ++mounts_asked;
    return mounts;
  }

  absl::StatusOr<std::vector<CacheWorker>> workers = std::vector<CacheWorker>{
      {{"n1", "10.0.0.1:8920"}, 1 << 30}, {{"n2", "10.0.0.2:8920"}, 1 << 30}, {{"n3", "10.0.0.3:8920"}, 1 << 30}};
  absl::StatusOr<std::vector<alluxio_wire::MountedUri>> mounts = std::vector<alluxio_wire::MountedUri>{};
  int asked = 0;
  int mounts_asked = 0;
};

// Each load fetches ten bytes and then five more.
class FakeLoads final : public LoadCalls {
 public:
  absl::Status Load(const LoadStep& step, uint64_t bytes_per_second, const std::function<bool()>& wanted,
                    const std::function<void(const LoadFigures&)>& progress) override {
    lines.push_back(step.worker.address + " " + step.path + " " + std::to_string(step.shard) + "/" +
                    std::to_string(step.shards) + " at " + std::to_string(bytes_per_second));
    LoadFigures figures;
    figures.bytes_fetched = 10;
    progress(figures);
    if (meanwhile) meanwhile();
    if (!wanted()) return absl::CancelledError("");
    figures.bytes_fetched = 15;
    figures.problems = problems;
    progress(figures);
    return step.worker.node == failing ? Unavailable("away") : absl::OkStatus();
  }

  std::vector<std::string> lines;
  std::function<void()> meanwhile;
  std::string failing;
  uint64_t problems = 0;
};

WarmUpOptions Options() {
  WarmUpOptions options;
  options.bytes_per_second = 7;
  options.max_bytes = 1 << 30;
  options.max_groups = 3;
  return options;
}

struct Fixture {
  explicit Fixture(WarmUpOptions options = Options())
      : warm_up({cluster, locality, std::unique_ptr<WorkerDirectory>(directory), std::unique_ptr<LoadCalls>(loads),
                 [this] { return leading.load(); }, clock, metrics},
                options) {
    locality.Put(Known("/cold", 100 * kMiB, {}));
    locality.Put(Known("/warm", 100 * kMiB, {{"n1", 60 * kMiB}}));
  }

  // The group's pods are where `members` say.
  void Place(const GroupKey& group, const std::vector<Siblings>& members, const std::string& inputs = "/cold",
             bool driver = false) {
    size_t size = 1;
    for (const Siblings& here : members) size += here.count;
    Surroundings around;
    around.group_size = size;
    around.siblings = members;
    cluster.groups[group] = around;
    auto texts = std::make_shared<OwnedAnnotations>();
    (*texts)[static_cast<size_t>(Annotation::kInputs)] = inputs;
    warm_up.Placed({"ns", "p", "u", members.front().node, group, driver, nullptr, texts});
  }
  void Settle() {
    clock.Advance(5s);
    warm_up.Round();
  }
  std::vector<std::string> LoadAll() {
    while (warm_up.LoadNext()) {
    }
    return std::exchange(loads->lines, {});
  }
  bool Tells(const std::string& line) const { return registry.Render().find("\n" + line + "\n") != std::string::npos; }

  FakeCluster cluster;
  FakeLocality locality;
  FakeDirectory* directory = new FakeDirectory;
  FakeLoads* loads = new FakeLoads;
  std::atomic<bool> leading{true};
  FakeClock clock;
  Metrics registry;
  const WarmUpMetrics metrics{registry};
  WarmUp warm_up;
};

using Lines = std::vector<std::string>;
const char* const kJudged = "locus_extender_warm_up_judged_total";

std::string Judged(const std::string& outcome, int count = 1) {
  return std::string(kJudged) + "{outcome=\"" + outcome + "\"} " + std::to_string(count);
}

}  // namespace

TEST_CASE("pods that were placed away from their input have it loaded onto their nodes, once", "[warm_up]") {
  Fixture f;
  f.Place("g", {{"n2", 2}, {"n1", 2}});
  f.clock.Advance(4s);
  f.warm_up.Round();
  CHECK(f.LoadAll().empty());
  f.clock.Advance(1s);
  f.warm_up.Round();
  CHECK(f.LoadAll() == Lines{"10.0.0.1:8920 /cold 0/2 at 7", "10.0.0.2:8920 /cold 1/2 at 7"});
  CHECK(f.Tells(Judged("loading")));
  CHECK(f.Tells("locus_extender_warm_up_loads_started_total 2"));
  CHECK(f.Tells("locus_extender_warm_up_loads_ended_total{end=\"done\"} 2"));
  CHECK(f.Tells("locus_extender_warm_up_fetched_bytes_total 30"));
  CHECK(f.Tells("locus_extender_warm_up_loads 0"));
  CHECK(f.Tells("locus_extender_warm_up_groups 0"));

  f.Place("g", {{"n3", 9}, {"n1", 2}});
  for (int i = 0; i < 20; ++i) f.Settle();
  CHECK(f.LoadAll().empty());
  CHECK(f.directory->asked == 1);
  CHECK(f.directory->mounts_asked == 0);
}

TEST_CASE("pods that find enough of their input where they are have nothing loaded", "[warm_up]") {
  Fixture f;
  // Half of the share on n1 would be enough; 60 of 100 MiB are there.
  f.Place("near", {{"n1", 3}}, "/warm");
  f.Settle();
  CHECK(f.LoadAll().empty());
  CHECK(f.Tells(Judged("local")));
  CHECK(f.directory->asked == 0);
  // Here it is a quarter.
  f.Place("far", {{"n1", 1}, {"n2", 3}}, "/warm");
  f.Settle();
  CHECK(f.LoadAll().size() == 2);
}

TEST_CASE("a driver's own placement loads nothing", "[warm_up]") {
  Fixture f;
  f.Place("driver", {{"n1", 1}}, "/cold", /*driver=*/true);
  f.Settle();
  CHECK(f.LoadAll().empty());
  CHECK(f.locality.questions() == 0);
}

TEST_CASE("only the leader loads; one that leads soon after takes over", "[warm_up]") {
  Fixture f;
  f.leading = false;
  f.Place("g", {{"n1", 1}});
  f.Settle();
  CHECK(f.LoadAll().empty());
  f.leading = true;
  f.Settle();
  CHECK(f.LoadAll() == Lines{"10.0.0.1:8920 /cold 0/0 at 7"});

  f.leading = false;
  f.Place("h", {{"n1", 1}});
  for (int i = 0; i < 13; ++i) f.Settle();
  f.leading = true;
  f.Settle();
  CHECK(f.LoadAll().empty());
  CHECK(f.Tells(Judged("unknown", 0)));
}

TEST_CASE("what is not known yet is asked for again, for a while", "[warm_up]") {
  Fixture f;
  f.Place("g", {{"n1", 1}}, "/late");
  f.Settle();
  f.locality.Put(Known("/late", kMiB, {}));
  f.Settle();
  CHECK(f.LoadAll().size() == 1);

  f.Place("h", {{"n1", 1}}, "/never");
  for (int i = 0; i < 13; ++i) f.Settle();
  CHECK(f.LoadAll().empty());
  CHECK(f.Tells(Judged("unknown")));

  f.directory->workers = Unavailable("no meta");
  f.Place("i", {{"n1", 1}});
  f.Settle();
  f.directory->workers = std::vector<CacheWorker>{{{"n1", "w:1"}, 1 << 30}};
  f.Settle();
  CHECK(f.LoadAll() == Lines{"w:1 /cold 0/0 at 7"});
}

TEST_CASE("an input that does not exist is nothing to load", "[warm_up]") {
  Fixture f;
  f.locality.Put(In(InputState::kUnknown, "/none"));
  f.Place("g", {{"n1", 1}}, "/none");
  f.Settle();
  CHECK(f.LoadAll().empty());
  CHECK(f.Tells(Judged("unknown")));
}

TEST_CASE("mounts are asked for only where a URI needs them", "[warm_up]") {
  Fixture f;
  f.directory->mounts = std::vector<alluxio_wire::MountedUri>{{"/lake", "s3a://lake"}};
  f.locality.Put(Known("s3a://lake/x", kMiB, {}));
  f.Place("g", {{"n1", 1}}, "s3a://lake/x");
  f.Settle();
  CHECK(f.LoadAll() == Lines{"10.0.0.1:8920 /lake/x 0/0 at 7"});
  CHECK(f.directory->mounts_asked == 1);
}

TEST_CASE("a worker that fails is not asked again", "[warm_up]") {
  Fixture f;
  f.loads->failing = "n1";
  f.locality.Put(Known("/more", kMiB, {}));
  f.Place("g", {{"n1", 1}, {"n2", 1}}, "/cold,/more");
  f.Settle();
  CHECK(f.LoadAll() ==
        Lines{"10.0.0.1:8920 /cold 0/2 at 7", "10.0.0.2:8920 /cold 1/2 at 7", "10.0.0.2:8920 /more 1/2 at 7"});
  for (int i = 0; i < 20; ++i) f.Settle();
  CHECK(f.LoadAll().empty());
  CHECK(f.Tells("locus_extender_warm_up_loads_ended_total{end=\"failed\"} 1"));
  CHECK(f.Tells("locus_extender_warm_up_loads_ended_total{end=\"done\"} 2"));
}

TEST_CASE("files that could not be loaded are counted", "[warm_up]") {
  Fixture f;
  f.loads->problems = 3;
  f.Place("g", {{"n1", 1}});
  f.Settle();
  CHECK(f.LoadAll().size() == 1);
  CHECK(f.Tells("locus_extender_warm_up_loads_ended_total{end=\"incomplete\"} 1"));
}

TEST_CASE("when all pods are gone what is under way ends, and nothing more begins", "[warm_up]") {
  Fixture f;
  f.Place("g", {{"n1", 1}, {"n2", 1}});
  f.Settle();
  f.loads->meanwhile = [&f] {
    f.cluster.groups.clear();
    f.warm_up.Round();
  };
  CHECK(f.LoadAll() == Lines{"10.0.0.1:8920 /cold 0/2 at 7"});
  CHECK(f.Tells("locus_extender_warm_up_loads_ended_total{end=\"cancelled\"} 1"));
  // Another group of the same name is a new one.
  f.loads->meanwhile = nullptr;
  f.Place("g", {{"n1", 1}});
  f.Settle();
  CHECK(f.LoadAll().size() == 1);
}

TEST_CASE("pods that are gone before they are judged have nothing loaded", "[warm_up]") {
  Fixture f;
  f.Place("g", {{"n1", 1}});
  f.cluster.groups.clear();
  f.Settle();
  CHECK(f.LoadAll().empty());
  CHECK(f.locality.questions() == 0);
}

TEST_CASE("a list of pods that was lost is no word that they are gone", "[warm_up]") {
  Fixture f;
  f.Place("g", {{"n1", 1}});
  f.Settle();
  f.cluster.synced = false;
  f.cluster.groups.clear();
  f.warm_up.Round();
  CHECK(f.LoadAll().size() == 1);
}

TEST_CASE("groups beyond the bound are left alone, and counted", "[warm_up]") {
  Fixture f;
  for (const char* group : {"a", "b", "c", "d"}) f.Place(group, {{"n1", 1}});
  f.Settle();
  CHECK(f.LoadAll().size() == 3);
  CHECK(f.Tells(Judged("too_many")));
}

TEST_CASE("its threads judge and load, and a stop ends a load under way", "[warm_up]") {
  WarmUpOptions options = Options();
  options.settle = 0s;
  options.max_loads = 1;
  Fixture f(options);
  Mutex mutex;
  CondVar changed;
  bool loading = false;
  bool stopping = false;
  f.loads->meanwhile = [&] {
    MutexLock lock(mutex);
    loading = true;
    changed.NotifyAll();
    changed.WaitFor(mutex, 20s, [&] { return stopping; });
  };
  f.Place("g", {{"n1", 1}, {"n2", 1}});
  f.warm_up.Start();
  {
    MutexLock lock(mutex);
    REQUIRE(changed.WaitFor(mutex, 20s, [&] { return loading; }));
  }
  std::thread stop([&f] { f.warm_up.Stop(); });
  {
    MutexLock lock(mutex);
    stopping = true;
    changed.NotifyAll();
  }
  stop.join();
  f.warm_up.Stop();
  CHECK(f.loads->lines.front() == "10.0.0.1:8920 /cold 0/2 at 7");
}
