#include "locusctl/caches/load.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/testing/fake_clock.h"
#include "tests/unit/locusctl/caches/scripted_worker_calls.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kMiB = 1 << 20;

v1::LoadProgress Progress(uint64_t files_done, uint64_t files, uint64_t bytes_done, uint64_t bytes, uint64_t fetched) {
  v1::LoadProgress progress;
  progress.set_files_done(files_done);
  progress.set_files_total(files);
  progress.set_bytes_done(bytes_done);
  progress.set_bytes_total(bytes);
  progress.set_bytes_fetched(fetched);
  progress.set_done(bytes_done == bytes);
  return progress;
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
size_t Lines(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

struct Fixture {
  Fixture() {
    options.uri = "/d";
    REQUIRE(google::protobuf::TextFormat::ParseFromString(
        R"(workers {
             workers { address { host: '10.0.0.1' data_port: 8920 } node: 'node-a' state: LIVE blocks_from: REPORT }
             workers { address { host: '10.0.0.2' data_port: 8920 } node: 'node-b' state: LIVE blocks_from: REPORT }
             workers { address { host: '10.0.0.3' data_port: 8920 } node: 'node-c' state: LOST blocks_from: REPORT }
             workers { address { host: '10.0.0.4' data_port: 29999 } node: 'node-d' state: LIVE blocks_from: MASTER }
           })",
        &meta.workers));
    for (const char* address : {"10.0.0.1:8920", "10.0.0.2:8920"}) {
      calls.scripts[address].progress = {Progress(0, 2, 0, 4 * kMiB, 0), Progress(2, 2, 4 * kMiB, 4 * kMiB, 3 * kMiB)};
    }
  }
  int Run(const Output& output) {
    const LiveWorld world{clock, [this] { return stop.load(); },
                          [] {
                            return Window{100, 24};
                          },
                          [this](Duration time) {
                            clock.Advance(time);
                            std::this_thread::yield();
                          }};
    return RunLoad(options, meta, calls, world, output);
  }
  std::string out() const { return captured.out.str(); }
  std::string err() const { return captured.err.str(); }

  FakeClock clock;
  FakeLocalitySource meta;
  ScriptedWorkerCalls calls;
  CapturedOutput captured;
  LoadOptions options;
  std::atomic<bool> stop{false};
};

}  // namespace

TEST_CASE("live workers with a cache of their own divide the files", "[locusctl]") {
  Fixture f;
  CHECK(f.Run(f.captured.AsText()) == kOk);
  for (uint32_t shard = 0; shard < 2; ++shard) {
    const auto loads = f.calls.LoadsOf("10.0.0." + std::to_string(shard + 1) + ":8920");
    REQUIRE(loads.size() == 1);
    CHECK(loads[0].path() == "/d");
    CHECK(loads[0].shards() == 2);
    CHECK(loads[0].shard() == shard);
    CHECK(loads[0].bytes_per_second() == 0);
    CHECK_FALSE(loads[0].pin());
  }
  CHECK(f.calls.LoadsOf("10.0.0.3:8920").empty());
  CHECK(f.calls.LoadsOf("10.0.0.4:29999").empty());
  CHECK(Has(f.out(), "/d: 8 MiB of 8 MiB (100%) in 4 of 4 files cached on 2 nodes in "));
  CHECK(Has(f.out(), ": 6 MiB fetched, 2 MiB there already\n"));
  CHECK(f.err().empty());
}

TEST_CASE("the wishes reach every worker, and the rate is divided among them", "[locusctl]") {
  Fixture f;
  f.options.replicas = 2;
  f.options.bytes_per_second = 1000;
  f.options.tier = v1::TIER_SSD;
  f.options.pin = true;
  CHECK(f.Run(f.captured.AsText()) == kOk);
  const auto loads = f.calls.LoadsOf("10.0.0.2:8920");
  REQUIRE(loads.size() == 1);
  CHECK(loads[0].shards() == 0);
  CHECK(loads[0].bytes_per_second() == 500);
  CHECK(loads[0].tier() == v1::TIER_SSD);
  CHECK(loads[0].pin());
}

TEST_CASE("another port is dialled when it is named", "[locusctl]") {
  Fixture f;
  f.options.port = 7000;
  f.options.nodes = {"node-b"};
  f.calls.scripts["10.0.0.2:7000"] = f.calls.scripts["10.0.0.2:8920"];
  CHECK(f.Run(f.captured.AsText()) == kOk);
  CHECK(f.calls.LoadsOf("10.0.0.2:7000").size() == 1);
}

TEST_CASE("files that could not be loaded are told at the end", "[locusctl]") {
  Fixture f;
  auto& progress = f.calls.scripts["10.0.0.2:8920"].progress.back();
  progress.set_files_done(1);
  progress.add_problems("/d/x: no room\x1b[31m");
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  CHECK(Has(f.out(), "! node-b: /d/x: no room"));
  CHECK(Has(f.out(), "Not complete. The same command goes on: what is cached is not fetched again.\n"));
  CHECK(IsHarmless(f.out()));
}

TEST_CASE("one worker that fails does not keep the others from loading", "[locusctl]") {
  Fixture f;
  f.calls.scripts["10.0.0.2:8920"] = {{}, Unavailable("no connection"), false};
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  CHECK(Has(f.out(), "! node-b  no connection\n"));
  CHECK(Has(f.out(), "4 MiB of 4 MiB"));
}

TEST_CASE("when no worker loads anything it is said why, and what to do", "[locusctl]") {
  for (const auto& [status, code, text] : std::vector<std::tuple<absl::Status, int, std::string>>{
           {Unavailable("no connection"), kUnreachable, "cannot load /d: no connection"},
           {NotFound("no such path"), kNegative, "cannot load /d: no such path"},
           {InvalidArgument("tier: none"), kUsage, "the workers refuse to load /d: tier: none"},
           {absl::UnimplementedError(""), kUnreachable, "no worker has a cache of its own"}}) {
    Fixture f;
    // The fake time passes fast: lines of progress may come before the workers have answered.
    f.options.quiet = true;
    for (auto& [address, script] : f.calls.scripts) script = {{}, status, false};
    CHECK(f.Run(f.captured.AsText()) == code);
    CHECK(Has(f.err(), text));
    CHECK(f.out().empty());
  }
}

TEST_CASE("Ctrl-C stops all of them and says how to go on", "[locusctl]") {
  Fixture f;
  for (auto& [address, script] : f.calls.scripts) {
    script.progress.pop_back();
    script.progress.push_back(Progress(1, 2, kMiB, 4 * kMiB, kMiB));
    script.hangs = true;
  }
  std::thread user([&] {
    while (f.calls.told < 2) std::this_thread::yield();
    f.stop = true;
  });
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  user.join();
  CHECK(Has(f.out(), "2 MiB of 8 MiB (25.0%)"));
  CHECK(Has(f.out(), "Stopped. The same command goes on: what is cached is not fetched again.\n"));
  // That the user stopped it is no failure of a node.
  CHECK_FALSE(Has(f.out(), "! node"));
}

TEST_CASE("without a terminal a line tells now and then how it goes", "[locusctl]") {
  Fixture f;
  for (auto& [address, script] : f.calls.scripts) {
    script.progress.pop_back();
    script.hangs = true;
  }
  std::thread user([&] {
    while (f.calls.told < 2) std::this_thread::yield();
    const SteadyTime from = f.clock.Now();
    while (f.clock.Now() - from < 11s) std::this_thread::yield();
    f.stop = true;
  });
  f.Run(f.captured.AsText());
  user.join();
  CHECK(Has(f.out(), "s  0 B of 8 MiB (0.0%) on 2 nodes, -, - left\n"));
  // Once in five seconds of the clock.
  CHECK(Lines(f.out()) <= 2 + static_cast<size_t>(ToSeconds(f.clock.Now() - SteadyTime())) / 5);
}

TEST_CASE("nothing but the summary is said when that is wanted", "[locusctl]") {
  Fixture f;
  f.options.quiet = true;
  CHECK(f.Run(f.captured.AsText()) == kOk);
  CHECK(f.out().compare(0, 3, "/d:") == 0);
  CHECK(Lines(f.out()) == 1);
}

TEST_CASE("JSON is one document with the figures of each node", "[locusctl]") {
  Fixture f;
  CHECK(f.Run(f.captured.AsJson()) == kOk);
  const auto document = nlohmann::json::parse(f.out());
  CHECK(document["path"] == "/d");
  CHECK(document["complete"] == true);
  CHECK(document["sum"]["bytes_done"] == 8 * kMiB);
  CHECK(document["nodes"].size() == 2);
  CHECK(document["nodes"][1]["name"] == "node-b");
  CHECK(document["nodes"][1]["bytes_fetched"] == 3 * kMiB);
  CHECK(document["problems"].empty());
}

TEST_CASE("what cannot begin says so before any worker is called", "[locusctl]") {
  Fixture f;
  f.options.nodes = {"node-c"};
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  CHECK(Has(f.err(), "the worker of 'node-c' is lost"));
  f.options.nodes = {};
  f.options.replicas = 3;
  CHECK(f.Run(f.captured.AsText()) == kUsage);
  f.options.replicas = 1;
  f.options.uri = "/d/*";
  CHECK(f.Run(f.captured.AsText()) == kUsage);
  f.options.uri = "s3a://bucket/x";
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  CHECK(Has(f.err(), "lies below no mount"));
  f.meta.status = Unavailable("refused");
  CHECK(f.Run(f.captured.AsText()) == kUnreachable);
  CHECK(f.calls.LoadsOf("10.0.0.1:8920").empty());
  CHECK(f.out().empty());
}

TEST_CASE("a URI below a mount is loaded by its path", "[locusctl]") {
  Fixture f;
  v1::Mount* const mount = f.meta.mounts.add_mounts();
  mount->set_path("/warehouse");
  mount->set_ufs_uri("s3a://bucket/w");
  f.options.uri = "s3a://bucket/w/events";
  CHECK(f.Run(f.captured.AsText()) == kOk);
  CHECK(f.calls.LoadsOf("10.0.0.1:8920").at(0).path() == "/warehouse/events");
}
