// Reports to several locus-metas of our own, over loopback, as they come and go.
#include "cache_worker/report/reports.h"

#include <catch2/catch.hpp>

#include "cache_worker/report/store_source.h"
#include "common/status.h"
#include "tests/integration/cache_worker/fake_meta.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/fake_file_system.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/test_store.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

using Blocks = std::set<std::string>;

GrpcServerOptions AtPort(int port) {
  GrpcServerOptions options;
  options.port = port;
  options.drain = 50ms;
  return options;
}

// A locus-meta on a port of its own.
struct Meta {
  Meta() : server(AtPort(0)) {
    REQUIRE(server.Start({&service}).ok());
    target = "127.0.0.1:" + std::to_string(server.port());
  }
  bool Knows(const Blocks& blocks) {
    return Eventually([&] { return service.latest().snapshot_complete && service.latest().blocks == blocks; });
  }
  bool Left() {
    return Eventually([&] { return service.latest().ended; });
  }

  FakeMeta service{30};
  GrpcServer server;
  std::string target;
};

// What a name's records say.
class Directory {
 public:
  void Say(absl::StatusOr<std::vector<std::string>> targets) {
    MutexLock lock(mutex_);
    targets_ = std::move(targets);
  }
  absl::StatusOr<std::vector<std::string>> Look() {
    MutexLock lock(mutex_);
    ++looks_;
    return targets_;
  }
  // Waits for lookups that began after this call.
  bool LookedAgain() {
    const uint64_t before = looks();
    return Eventually([&] { return looks() >= before + 2; });
  }

 private:
  uint64_t looks() {
    MutexLock lock(mutex_);
    return looks_;
  }
  Mutex mutex_;
  absl::StatusOr<std::vector<std::string>> targets_ GUARDED_BY(mutex_);
  uint64_t looks_ GUARDED_BY(mutex_) = 0;
};

struct Node {
  Node() : store(OpenStore(disk, TwoTiers(1 << 20, 1 << 20), &news)) {
    ReportsOptions options;
    options.stream.node = "node-1";
    options.stream.reconnect_max = 20ms;
    options.lookup = 10ms;
    reports = std::make_unique<Reports>(
        std::move(options), [this] { return directory.Look(); },
        [](const std::string& target) { return MakeChannel(target); },
        ReportSources{source, nullptr, [] { return std::nullopt; }}, news, clock);
  }
  void Put(uint64_t id, const std::string& path) {
    REQUIRE(PutBlock(*store, TestFile(id, path, kTestBlock), 0, PatternBytes(kTestBlock, 0), {Tier::kMem}).ok());
  }

  FakeFileSystem disk;
  const SystemClock clock;
  NewsFan news;
  std::unique_ptr<BlockStore> store;
  StoreSource source{*store};
  Directory directory;
  std::unique_ptr<Reports> reports;
};

}  // namespace

TEST_CASE("every locus-meta hears all that is cached, and each change", "[report]") {
  Meta first;
  Meta second;
  Node node;
  node.directory.Say(std::vector{first.target, second.target});
  node.Put(1, "/a");
  node.reports->Start();
  CHECK(first.Knows({"/a#0 MEM"}));
  CHECK(second.Knows({"/a#0 MEM"}));
  node.Put(2, "/b");
  node.store->Drop("/a");
  CHECK(first.Knows({"/b#0 MEM"}));
  CHECK(second.Knows({"/b#0 MEM"}));
  CHECK(Eventually([&] { return node.reports->figures().heard == 2; }));
  CHECK(node.reports->figures().targets == 2);
  CHECK(node.reports->figures().resyncs == 2);
  CHECK(first.service.latest().violations.empty());
  CHECK(second.service.latest().violations.empty());
}

TEST_CASE("a locus-meta that comes is told everything, and one that goes is left, the others undisturbed", "[report]") {
  Meta first;
  Meta second;
  Node node;
  node.directory.Say(std::vector{first.target});
  node.Put(1, "/a");
  node.reports->Start();
  CHECK(first.Knows({"/a#0 MEM"}));
  CHECK(second.service.count() == 0);
  node.directory.Say(std::vector{second.target, first.target});
  CHECK(second.Knows({"/a#0 MEM"}));
  node.directory.Say(std::vector{second.target});
  CHECK(first.Left());
  CHECK(Eventually([&] { return node.reports->figures().targets == 1; }));
  node.Put(2, "/b");
  CHECK(second.Knows({"/a#0 MEM", "/b#0 MEM"}));
  CHECK(first.service.latest().blocks == Blocks{"/a#0 MEM"});
  CHECK(second.service.count() == 1);
  // What the one that is gone did still counts.
  CHECK(node.reports->figures().resyncs == 2);
}

TEST_CASE("one locus-meta that is away holds up no other, and is told all when it is back", "[report]") {
  auto first = std::make_unique<Meta>();
  Meta second;
  Node node;
  node.directory.Say(std::vector{first->target, second.target});
  node.reports->Start();
  CHECK(first->Knows({}));
  CHECK(second.Knows({}));
  const int port = first->server.port();
  first->server.Stop();
  node.Put(1, "/a");
  CHECK(second.Knows({"/a#0 MEM"}));
  CHECK(node.reports->reporting());
  CHECK(Eventually([&] { return node.reports->figures().heard == 1; }));
  FakeMeta again(30);
  GrpcServer server(AtPort(port));
  REQUIRE(server.Start({&again}).ok());
  CHECK(Eventually([&] { return again.latest().snapshot_complete && again.latest().blocks == Blocks{"/a#0 MEM"}; }));
  CHECK(node.reports->figures().reconnects > 0);
  node.reports->Stop();
}

TEST_CASE("a lookup that fails leaves things as they are", "[report]") {
  Meta meta;
  Node node;
  node.directory.Say(Unavailable("the name server is away"));
  node.reports->Start();
  CHECK(Eventually([&] { return node.reports->figures().failed_lookups >= 2; }));
  CHECK_FALSE(node.reports->reporting());
  node.directory.Say(std::vector{meta.target});
  CHECK(meta.Knows({}));
  node.directory.Say(Unavailable("the name server is away"));
  REQUIRE(node.directory.LookedAgain());
  CHECK(node.reports->figures().targets == 1);
  node.Put(1, "/a");
  CHECK(meta.Knows({"/a#0 MEM"}));
  CHECK(meta.service.count() == 1);
}

TEST_CASE("no more locus-metas are reported to than the bound, and none twice", "[report]") {
  Meta meta;
  Node node;
  std::vector<std::string> targets(3, meta.target);
  // Nobody listens there.
  for (int i = 0; i < 40; ++i) targets.push_back("127.0.0.9:" + std::to_string(1 + i));
  node.directory.Say(targets);
  node.reports->Start();
  CHECK(meta.Knows({}));
  CHECK(node.reports->figures().targets == 16);
  CHECK(meta.service.count() == 1);
}

TEST_CASE("stopping is prompt and ends every stream", "[report]") {
  Meta first;
  Meta second;
  Node node;
  node.directory.Say(std::vector{first.target, second.target, std::string("127.0.0.9:1")});
  node.reports->Start();
  CHECK(first.Knows({}));
  CHECK(second.Knows({}));
  node.reports->Stop();
  CHECK(first.Left());
  CHECK(second.Left());
  CHECK(node.reports->figures().targets == 0);
  node.reports->Stop();
}
