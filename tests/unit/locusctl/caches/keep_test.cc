#include "locusctl/caches/keep.h"

#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/unit/locusctl/caches/scripted_worker_calls.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;

namespace {

constexpr uint64_t kMiB = 1 << 20;
const std::string kA = "10.0.0.1:8920", kB = "10.0.0.2:8920", kLost = "10.0.0.3:8920";

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

v1::PinResponse Pinned(uint64_t blocks, uint64_t bytes) {
  v1::PinResponse response;
  response.set_blocks(blocks);
  response.set_bytes(bytes);
  return response;
}

// Two workers that answer; one that only a master tells of.
struct Fixture {
  Fixture() {
    options.uri = "/d";
    REQUIRE(google::protobuf::TextFormat::ParseFromString(
        R"(workers {
             workers { address { host: '10.0.0.1' data_port: 8920 } node: 'node-a' state: LIVE blocks_from: REPORT }
             workers { address { host: '10.0.0.2' data_port: 8920 } node: 'node-b' state: LIVE blocks_from: REPORT }
             workers { address { host: '10.0.0.4' data_port: 29999 } node: 'node-d' state: LIVE blocks_from: MASTER }
           })",
        &meta.workers));
    answers[kA] = Pinned(12, 768 * kMiB);
    answers[kB] = Pinned(4, 256 * kMiB);
    calls.on_pin = [this](const std::string& address) { return answers.at(address); };
  }
  void AddLostWorker() {
    REQUIRE(google::protobuf::TextFormat::MergeFromString(
        R"(workers { workers { address { host: '10.0.0.3' data_port: 8920 } node: 'node-c' state: LOST } })",
        &meta.workers));
    answers.emplace(kLost, Unavailable("no connection"));
  }
  int Run(const Output& output) { return RunKeep(options, meta, calls, output); }
  std::string out() const { return captured.out.str(); }
  std::string err() const { return captured.err.str(); }

  FakeLocalitySource meta;
  ScriptedWorkerCalls calls;
  std::map<std::string, absl::StatusOr<v1::PinResponse>> answers;
  CapturedOutput captured;
  KeepOptions options;
};

}  // namespace

TEST_CASE("a pin goes to every worker with a cache of its own, and each tells what it keeps", "[locusctl]") {
  Fixture f;
  CHECK(f.Run(f.captured.AsText()) == kOk);
  CHECK(f.out() ==
        "NODE           BLOCKS   PINNED\n"
        "node-a             12  768 MiB\n"
        "node-b              4  256 MiB\n"
        "all 2 workers      16    1 GiB\n");
  CHECK(f.err().empty());
  for (const std::string& address : {kA, kB}) {
    REQUIRE(f.calls.PinsOf(address).size() == 1);
    CHECK(f.calls.PinsOf(address)[0].path() == "/d");
    CHECK_FALSE(f.calls.PinsOf(address)[0].unpin());
  }
  CHECK(f.calls.PinsOf("10.0.0.4:29999").empty());
}

TEST_CASE("what is unpinned is told to the named workers alone", "[locusctl]") {
  Fixture f;
  f.options.verb = KeepVerb::kUnpin;
  f.options.nodes = {"10.0.0.2"};
  f.answers[kB] = Pinned(0, 0);
  CHECK(f.Run(f.captured.AsText()) == kOk);
  CHECK(f.out() == "NODE    BLOCKS  PINNED\nnode-b       0     0 B\n");
  REQUIRE(f.calls.PinsOf(kB).size() == 1);
  CHECK(f.calls.PinsOf(kB)[0].unpin());
  CHECK(f.calls.PinsOf(kA).empty());
}

TEST_CASE("what is evicted is told by worker, and that pins stay", "[locusctl]") {
  Fixture f;
  f.options.verb = KeepVerb::kEvict;
  f.calls.on_evict = [](const std::string& address) -> absl::StatusOr<v1::EvictResponse> {
    v1::EvictResponse response;
    response.set_blocks(address == kA ? 3 : 0);
    response.set_bytes(address == kA ? 3 * kMiB : 0);
    return response;
  };
  CHECK(f.Run(f.captured.AsText()) == kOk);
  CHECK(f.calls.EvictedOf(kA) == std::vector<std::string>{"/d"});
  CHECK(f.calls.PinsOf(kA).empty());
  CHECK(Has(f.out(), "DROPPED\n"));
  CHECK(Has(f.out(), "all 2 workers       3    3 MiB\n"));
  CHECK(Has(f.out(), "Pins stay"));
}

TEST_CASE("a pin of what is cached nowhere says so", "[locusctl]") {
  Fixture f;
  for (auto& [address, answer] : f.answers) answer = Pinned(0, 0);
  CHECK(f.Run(f.captured.AsText()) == kOk);
  CHECK(Has(f.out(), "Nothing of it is cached there yet; what will be is kept."));
}

TEST_CASE("one worker's refusal is passed on, and the others keep it", "[locusctl]") {
  Fixture f;
  f.answers[kB] = absl::ResourceExhaustedError("pinning '/d' takes 3 GiB, and 1 GiB of 2 GiB are left\x1b[2J");
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  CHECK(
      Has(f.out(), "node-a             12  768 MiB\nnode-b              -   failed\nall 2 workers      12  768 MiB\n"));
  CHECK(Has(f.out(), "! node-b  10.0.0.2:8920: pinning '/d' takes 3 GiB, and 1 GiB of 2 GiB are left\\u{1B}[2J\n"));
  CHECK(IsHarmless(f.out()));
}

TEST_CASE("a refusal by all of them is an answer", "[locusctl]") {
  Fixture f;
  for (auto& [address, answer] : f.answers) answer = absl::FailedPreconditionError("'/d' is a part of '/': unpin that");
  f.options.verb = KeepVerb::kUnpin;
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  CHECK(Has(f.out(), "! node-a  10.0.0.1:8920: '/d' is a part of '/': unpin that\n"));
}

TEST_CASE("a worker that locus-meta does not hear is asked too, and named when it is away", "[locusctl]") {
  Fixture f;
  f.AddLostWorker();
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  CHECK(Has(f.out(), "! node-c  10.0.0.3:8920: no connection\n"));
  Fixture silent;
  silent.AddLostWorker();
  silent.answers[kLost] = Pinned(1, kMiB);
  CHECK(silent.Run(silent.captured.AsText()) == kOk);
  CHECK(Has(silent.out(), "node-c              1    1 MiB\n"));
}

TEST_CASE("when no worker answers it is said which, and nothing is printed as an answer", "[locusctl]") {
  Fixture f;
  for (auto& [address, answer] : f.answers) answer = Unavailable("no connection");
  CHECK(f.Run(f.captured.AsJson()) == kUnreachable);
  CHECK(f.out().empty());
  CHECK(Has(f.err(), "cannot pin /d: no worker answers\n"));
  CHECK(Has(f.err(), "! node-a  10.0.0.1:8920: no connection\n"));
  CHECK(Has(f.err(), "! node-b  10.0.0.2:8920: no connection\n"));
}

TEST_CASE("agents beside Alluxio are left out, unless they are named", "[locusctl]") {
  Fixture f;
  f.answers[kB] = absl::UnimplementedError("");
  CHECK(f.Run(f.captured.AsText()) == kOk);
  CHECK(Has(f.out(), "1 worker without a cache of its own left out, such as node-b\n"));
  Fixture named;
  named.answers[kB] = absl::UnimplementedError("");
  named.options.nodes = {"node-a", "node-b"};
  CHECK(named.Run(named.captured.AsText()) == kNegative);
  Fixture only;
  for (auto& [address, answer] : only.answers) answer = absl::UnimplementedError("");
  CHECK(only.Run(only.captured.AsText()) == kUnreachable);
  CHECK(Has(only.err(), "no worker has a cache of its own"));
  CHECK(only.out().empty());
}

TEST_CASE("JSON of a pin is one document with each worker", "[locusctl]") {
  Fixture f;
  f.answers[kB] = absl::ResourceExhaustedError("nothing can be pinned");
  CHECK(f.Run(f.captured.AsJson()) == kNegative);
  CHECK(nlohmann::json::parse(f.out()) == nlohmann::json::parse(R"({
    "verb": "pin", "path": "/d", "complete": false, "blocks": 12, "bytes": 805306368,
    "workers": [
      {"name": "node-a", "address": "10.0.0.1:8920", "blocks": 12, "bytes": 805306368, "failure": ""},
      {"name": "node-b", "address": "10.0.0.2:8920", "blocks": 0, "bytes": 0, "failure": "nothing can be pinned"}],
    "left_out": []})"));
}

TEST_CASE("a pin that cannot begin says so before any worker is called", "[locusctl]") {
  Fixture f;
  f.options.uri = "/d/*";
  CHECK(f.Run(f.captured.AsText()) == kUsage);
  f.options.uri = "s3a://bucket/x";
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  CHECK(Has(f.err(), "lies below no mount"));
  f.options.uri = "/d";
  f.options.nodes = {"node-x"};
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  CHECK(Has(f.err(), "no worker is called 'node-x'; there are node-a, node-b\n"));
  f.meta.status = Unavailable("refused");
  CHECK(f.Run(f.captured.AsText()) == kUnreachable);
  f.meta.status = absl::OkStatus();
  f.meta.workers.Clear();
  f.options.nodes = {};
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  CHECK(Has(f.err(), "knows no worker with a cache of its own"));
  CHECK(f.calls.PinsOf(kA).empty());
  CHECK(f.out().empty());
}

TEST_CASE("a path that all workers call malformed is a mistake on the command line", "[locusctl]") {
  Fixture f;
  for (auto& [address, answer] : f.answers) answer = InvalidArgument("path '/d/..': must be canonical");
  CHECK(f.Run(f.captured.AsText()) == kUsage);
  CHECK(Has(f.err(), "the workers refuse: cannot pin /d\n"));
  CHECK(Has(f.err(), "! node-a  10.0.0.1:8920: path '/d/..': must be canonical\n"));
  CHECK(f.out().empty());
}
