#include "kube/reflector.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <deque>
#include <functional>

#include "common/status.h"
#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::kube;
using std::chrono::microseconds;
using std::chrono::seconds;

namespace {

using Lines = std::vector<std::string>;

Node Named(const std::string& name) {
  Node node;
  node.name = name;
  return node;
}

// What happened, in order, on both sides of the reflector.
class Transcript {
 public:
  void Add(const std::string& line) {
    MutexLock lock(mutex_);
    lines_.push_back(line);
    changed_.NotifyAll();
  }
  // Once `line` was added; or what there is after 20 s.
  Lines Until(const std::string& line) {
    MutexLock lock(mutex_);
    changed_.WaitFor(mutex_, seconds(20), [&] { return !lines_.empty() && lines_.back() == line; });
    return lines_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  Lines lines_ GUARDED_BY(mutex_);
};

// Does what the test says, call by call; after the last act it waits for Stop.
class ScriptedNodes final : public Collection<Node> {
 public:
  using OnPage = std::function<void(std::vector<Node>)>;
  using OnEvent = std::function<void(WatchEvent<Node>)>;
  using OnHeard = std::function<void()>;
  using ListAct = std::function<absl::StatusOr<std::string>(const OnPage&)>;
  using WatchAct = std::function<absl::Status(std::string*, const OnEvent&, const OnHeard&)>;

  explicit ScriptedNodes(Transcript* transcript) : transcript_(transcript) {}

  absl::StatusOr<std::string> List(const OnPage& page) override {
    transcript_->Add("list");
    if (lists.empty()) return WaitForStop();
    const ListAct act = lists.front();
    lists.pop_front();
    return act(page);
  }
  absl::Status Watch(std::string* version, const OnEvent& event, const OnHeard& heard) override {
    transcript_->Add("watch " + *version);
    if (watches.empty()) return WaitForStop();
    const WatchAct act = watches.front();
    watches.pop_front();
    return act(version, event, heard);
  }
  void Stop() override {
    MutexLock lock(mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }

  // Before Start.
  std::deque<ListAct> lists;
  std::deque<WatchAct> watches;

 private:
  absl::Status WaitForStop() {
    transcript_->Add("wait");
    MutexLock lock(mutex_);
    changed_.Wait(mutex_, [this] { return stopped_; });
    return absl::CancelledError("stopped");
  }

  Transcript* const transcript_;
  Mutex mutex_;
  CondVar changed_;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

class Recorder final : public ReflectorSink<Node> {
 public:
  explicit Recorder(Transcript* transcript) : transcript_(transcript) {}
  void Begin() override { transcript_->Add("begin"); }
  void Page(std::vector<Node> nodes) override {
    std::string line = "page";
    for (const Node& node : nodes) line += " " + node.name;
    transcript_->Add(line);
  }
  void End() override { transcript_->Add("end"); }
  void Event(WatchEvent<Node> event) override { transcript_->Add((event.present ? "+" : "-") + event.object.name); }

 private:
  Transcript* const transcript_;
};

struct Scene {
  Scene() : recorder(&transcript) {
    auto collection = std::make_unique<ScriptedNodes>(&transcript);
    script = collection.get();
    reflector = std::make_unique<Reflector<Node>>(
        std::move(collection), ReflectorOptions{"nodes", microseconds(2), microseconds(2), 0}, clock, &recorder);
  }
  // Up to the last act of the script.
  Lines Play() {
    reflector->Start();
    return transcript.Until("wait");
  }
  void ListOf(const std::string& name, const std::string& version) {
    script->lists.push_back([=](const ScriptedNodes::OnPage& page) {
      page({Named(name)});
      return version;
    });
  }
  void WatchEndsWith(const absl::Status& status) {
    script->watches.push_back(
        [=](std::string*, const ScriptedNodes::OnEvent&, const ScriptedNodes::OnHeard&) { return status; });
  }

  Transcript transcript;
  FakeClock clock;
  Recorder recorder;
  ScriptedNodes* script = nullptr;
  std::unique_ptr<Reflector<Node>> reflector;
};

}  // namespace

TEST_CASE("a collection is listed, and then followed from where the list ended", "[kube]") {
  Scene scene;
  scene.script->lists.push_back([](const ScriptedNodes::OnPage& page) {
    page({Named("a"), Named("b")});
    page({Named("c")});
    return "7";
  });
  scene.script->watches.push_back(
      [](std::string* version, const ScriptedNodes::OnEvent& event, const ScriptedNodes::OnHeard& heard) {
        heard();
        event({true, Named("d")});
        *version = "8";
        heard();
        event({false, Named("a")});
        *version = "9";
        heard();
        return absl::OkStatus();
      });
  CHECK_FALSE(scene.reflector->Synced());
  CHECK(scene.Play() == Lines{"begin", "list", "page a b", "page c", "end", "watch 7", "+d", "-a", "watch 9", "wait"});
  CHECK(scene.reflector->Synced());
  CHECK(scene.reflector->problem().empty());
  const ReflectorStats stats = scene.reflector->Stats();
  CHECK(stats.lists_begun == 1);
  CHECK(stats.lists == 1);
  CHECK(stats.watches == 2);
  CHECK(stats.events == 2);
  CHECK(stats.failures == 0);
}

TEST_CASE("a list that breaks off has no end and begins anew", "[kube]") {
  Scene scene;
  scene.script->lists.push_back([&](const ScriptedNodes::OnPage& page) -> absl::StatusOr<std::string> {
    page({Named("a")});
    CHECK_FALSE(scene.reflector->Synced());
    return absl::UnavailableError("gone");
  });
  scene.ListOf("b", "7");
  CHECK(scene.Play() == Lines{"begin", "list", "page a", "begin", "list", "page b", "end", "watch 7", "wait"});
  CHECK(scene.reflector->Stats().lists_begun == 2);
  CHECK(scene.reflector->Stats().lists == 1);
  CHECK(scene.reflector->Stats().failures == 1);
}

TEST_CASE("a watch that fails goes on from the version that it had reached", "[kube]") {
  Scene scene;
  scene.ListOf("a", "7");
  scene.script->watches.push_back(
      [](std::string* version, const ScriptedNodes::OnEvent& event, const ScriptedNodes::OnHeard& heard) {
        heard();
        event({true, Named("b")});
        *version = "8";
        heard();
        return absl::DeadlineExceededError("silent");
      });
  scene.WatchEndsWith(absl::UnavailableError("refused"));
  scene.WatchEndsWith(absl::UnauthenticatedError("401"));
  CHECK(scene.Play() ==
        Lines{"begin", "list", "page a", "end", "watch 7", "+b", "watch 8", "watch 8", "watch 8", "wait"});
  CHECK(scene.reflector->Stats().failures == 3);
  CHECK(scene.reflector->Stats().expired == 0);
}

TEST_CASE("an expired version lists anew", "[kube]") {
  Scene scene;
  scene.ListOf("a", "7");
  scene.WatchEndsWith(absl::OutOfRangeError("410"));
  scene.ListOf("b", "20");
  CHECK(scene.Play() ==
        Lines{"begin", "list", "page a", "end", "watch 7", "begin", "list", "page b", "end", "watch 20", "wait"});
  CHECK(scene.reflector->Stats().expired == 1);
  CHECK(scene.reflector->problem().empty());
}

TEST_CASE("a version that expires again and again is a problem", "[kube]") {
  Scene scene;
  scene.ListOf("a", "7");
  scene.ListOf("a", "8");
  scene.WatchEndsWith(absl::OutOfRangeError("410"));
  scene.WatchEndsWith(absl::OutOfRangeError("410"));
  // The third list never answers.
  CHECK(scene.Play().back() == "wait");
  CHECK(scene.reflector->problem() == "cannot watch nodes: 410");
}

TEST_CASE("the problem is told until the server is heard", "[kube]") {
  Scene scene;
  scene.script->lists.push_back(
      [](const ScriptedNodes::OnPage&) -> absl::StatusOr<std::string> { return absl::UnavailableError("refused"); });
  scene.script->lists.push_back([&](const ScriptedNodes::OnPage& page) {
    CHECK(scene.reflector->problem() == "cannot list nodes: refused");
    CHECK_FALSE(scene.reflector->Heard().has_value());
    page({});
    CHECK(scene.reflector->problem().empty());
    return "7";
  });
  scene.WatchEndsWith(absl::PermissionDeniedError("403"));
  scene.script->watches.push_back(
      [&](std::string*, const ScriptedNodes::OnEvent&, const ScriptedNodes::OnHeard& heard) {
        CHECK(scene.reflector->problem() == "cannot watch nodes: 403");
        heard();
        CHECK(scene.reflector->problem().empty());
        return absl::OkStatus();
      });
  CHECK(scene.Play().back() == "wait");
}

TEST_CASE("pages, an open stream and bookmarks are news of the server", "[kube]") {
  Scene scene;
  const SteadyTime start = scene.clock.Now();
  const auto heard_after = [&](Duration age) { CHECK(scene.reflector->Heard() == start + age); };
  scene.script->lists.push_back([&](const ScriptedNodes::OnPage& page) {
    scene.clock.Advance(seconds(1));
    page({});
    heard_after(seconds(1));
    return "7";
  });
  scene.script->watches.push_back(
      [&](std::string* version, const ScriptedNodes::OnEvent&, const ScriptedNodes::OnHeard& heard) {
        scene.clock.Advance(seconds(1));
        heard();
        heard_after(seconds(2));
        scene.clock.Advance(seconds(60));
        *version = "8";
        heard();
        heard_after(seconds(62));
        scene.clock.Advance(seconds(60));
        return absl::UnavailableError("broke off");
      });
  CHECK(scene.Play().back() == "wait");
  heard_after(seconds(62));
}

TEST_CASE("Stop ends a list, a watch and a pause", "[kube]") {
  SECTION("a list") {
    Scene scene;
    CHECK(scene.Play() == Lines{"begin", "list", "wait"});
    scene.reflector->Stop();
    CHECK(scene.transcript.Until("wait") == Lines{"begin", "list", "wait"});
    CHECK(scene.reflector->Stats().failures == 0);
    CHECK(scene.reflector->problem().empty());
  }
  SECTION("a watch") {
    Scene scene;
    scene.ListOf("a", "7");
    CHECK(scene.Play().back() == "wait");
    scene.reflector->Stop();
    CHECK(scene.reflector->Stats().failures == 0);
  }
  SECTION("a pause") {
    Transcript transcript;
    Recorder recorder(&transcript);
    FakeClock clock;
    auto collection = std::make_unique<ScriptedNodes>(&transcript);
    collection->lists.push_back(
        [](const ScriptedNodes::OnPage&) -> absl::StatusOr<std::string> { return absl::UnavailableError("gone"); });
    const std::chrono::hours hour(1);
    Reflector<Node> reflector(std::move(collection), {"nodes", hour, hour, 0}, clock, &recorder);
    reflector.Start();
    CHECK(transcript.Until("list") == Lines{"begin", "list"});
    reflector.Stop();
    CHECK(transcript.Until("list") == Lines{"begin", "list"});
  }
  SECTION("what never started") {
    Scene scene;
    scene.reflector->Stop();
  }
}
