// The program itself against real servers on the loopback: gRPC for locus-meta, HTTP for locus-extender.
#include <google/protobuf/text_format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "common/grpc_server.h"
#include "common/http_server.h"
#include "common/status.h"
#include "proto/locus/v1/locality.grpc.pb.h"
#include "tests/integration/locusctl/dripping_server.h"
#include "tests/integration/locusctl/program.h"

using namespace locus;

namespace {

constexpr const char* kBinary = "locusctl/locusctl";

class FakeLocality final : public v1::LocalityService::Service {
 public:
  using Stream = grpc::ServerReaderWriter<v1::WatchLocalityResponse, v1::WatchLocalityRequest>;

  grpc::Status GetLocality(grpc::ServerContext* context, const v1::GetLocalityRequest* request,
                           v1::GetLocalityResponse* response) override {
    for (const std::string& input : request->inputs()) {
      if (input == "/malformed") return {grpc::StatusCode::INVALID_ARGUMENT, "inputs[0]: malformed\x1b[2J"};
      while (input == "/slow" && !context->IsCancelled()) std::this_thread::yield();
      v1::InputLocality* entry = response->add_inputs();
      entry->set_input(input);
      if (input.find("unknown") != std::string::npos) {
        entry->set_state(v1::InputLocality::UNKNOWN);
        continue;
      }
      google::protobuf::TextFormat::MergeFromString(R"(
        state: KNOWN length_bytes: 1000 files: 1 blocks: 1 cached_bytes: 500
        holders { address { host: "10.0.0.1" data_port: 8920 } node: "node-a" tiers { tier: TIER_SSD bytes: 500 } })",
                                                    entry);
    }
    return grpc::Status::OK;
  }

  grpc::Status ListWorkers(grpc::ServerContext*, const v1::ListWorkersRequest*,
                           v1::ListWorkersResponse* response) override {
    google::protobuf::TextFormat::MergeFromString(R"(
      workers { workers { address { host: "10.0.0.1" data_port: 8920 } node: "node-a" state: LIVE blocks: 77 } })",
                                                  response);
    return grpc::Status::OK;
  }

  grpc::Status ListMounts(grpc::ServerContext*, const v1::ListMountsRequest*,
                          v1::ListMountsResponse* response) override {
    google::protobuf::TextFormat::MergeFromString(R"(
      mounts { path: "/data" ufs_uri: "s3a://bucket/data" origin: MASTER } problem: "the master is away")",
                                                  response);
    return grpc::Status::OK;
  }

  // A cache that fills in ten steps. The stream of "/breaks" breaks once after the first, that of "/never" before it.
  grpc::Status WatchLocality(grpc::ServerContext*, Stream* stream) override {
    v1::WatchLocalityRequest request;
    if (!stream->Read(&request) || request.add().empty())
      return {grpc::StatusCode::INVALID_ARGUMENT, "nothing to watch"};
    const std::string input = request.add(0);
    wanted_ += request.wanted_size();
    if (input == "/never") return {grpc::StatusCode::UNAVAILABLE, "not now"};
    stream->Write(Filled(input, 1));
    if (input == "/breaks" && !broken_.exchange(true)) return {grpc::StatusCode::UNAVAILABLE, "torn"};
    std::thread reader([&] {
      while (stream->Read(&request)) wanted_ += request.wanted_size();
    });
    for (int step = 2; step <= 10; ++step) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      stream->Write(Filled(input, step));
    }
    // Until the client has gone.
    reader.join();
    return grpc::Status::OK;
  }

  int wanted() const { return wanted_; }

 private:
  static v1::WatchLocalityResponse Filled(const std::string& input, int step) {
    v1::WatchLocalityResponse response;
    v1::InputLocality* entry = response.add_inputs();
    google::protobuf::TextFormat::MergeFromString(R"(
      state: KNOWN length_bytes: 1000 files: 1 blocks: 10
      holders { address { host: "10.0.0.1" data_port: 8920 } node: "node-a" tiers { tier: TIER_MEM } })",
                                                  entry);
    entry->set_input(input);
    entry->set_cached_bytes(static_cast<uint64_t>(step) * 100);
    entry->mutable_holders(0)->mutable_tiers(0)->set_bytes(entry->cached_bytes());
    return response;
  }

  std::atomic<bool> broken_{false};
  std::atomic<int> wanted_{0};
};

constexpr const char* kDecision = R"({"decisions":[{"time":"2026-01-01T00:00:01.250Z","call":"prioritize",
  "pod":{"namespace":"spark","name":"exec-1"},"inputs":["/a"],"outcome":"degraded","reason":"metadata_away","nodes":[]}]})";

// Both servers, and the program pointed at them.
class Cluster {
 public:
  Cluster() : http_({}) {
    http_.Route("GET", "/v1/explain/*", [](const HttpRequest& request) {
      if (request.rest == "spark/exec-1") return HttpResponse{200, "application/json", kDecision};
      if (request.rest == "spark/huge") return HttpResponse{200, "application/json", std::string(65 << 20, ' ')};
      return HttpResponse{404, "application/json", R"({"error":"none","started":"2026-01-01T00:00:00Z"})"};
    });
    http_.Route("GET", "/v1/decisions", [](const HttpRequest& request) {
      return HttpResponse{200, "application/json", request.query("limit") == "3" ? kDecision : R"({"decisions":[]})"};
    });
    REQUIRE(grpc_.Start({&locality_}).ok());
    REQUIRE(http_.Start().ok());
  }

  const FakeLocality& locality() const { return locality_; }
  std::string meta() const { return "127.0.0.1:" + std::to_string(grpc_.port()); }
  std::string extender() const { return "http://127.0.0.1:" + std::to_string(http_.port()); }

  ProgramResult Run(std::vector<std::string> arguments, ProgramOptions options = {}) const {
    options.environment.push_back("LOCUS_META=" + meta());
    options.environment.push_back("LOCUS_EXTENDER=" + extender());
    return RunProgram(kBinary, arguments, options);
  }

 private:
  FakeLocality locality_;
  GrpcServer grpc_{{}};
  HttpServer http_;
};

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("locality answers from locus-meta over gRPC", "[locusctl]") {
  const Cluster cluster;
  const ProgramResult result = cluster.Run({"locality", "alluxio:///a", "/b"});
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK(Contains(result.out, "alluxio:///a  1000 B in 1 file, 1 block; cached 500 B (50.0%)\n"));
  CHECK(Contains(result.out, "  node-a  10.0.0.1:8920    -  500 B    -     50.0%  ▓▓▓▓▓▓▓▓▓▓··········\n"));
  CHECK_FALSE(Contains(result.out, "\x1b"));
}

TEST_CASE("JSON output is one document", "[locusctl]") {
  const Cluster cluster;
  const auto locality = nlohmann::json::parse(cluster.Run({"--json", "locality", "/a"}).out);
  CHECK(locality["inputs"][0]["holders"][0]["bytes"]["SSD"] == 500);
  CHECK(nlohmann::json::parse(cluster.Run({"workers", "--json"}).out)["workers"][0]["blocks"] == 77);
  CHECK(nlohmann::json::parse(cluster.Run({"explain", "spark/exec-1", "--json"}).out) ==
        nlohmann::json::parse(kDecision));
  CHECK(nlohmann::json::parse(cluster.Run({"decisions", "--limit", "3", "--json"}).out) ==
        nlohmann::json::parse(kDecision));
}

TEST_CASE("workers, explain and decisions answer", "[locusctl]") {
  const Cluster cluster;
  const ProgramResult workers = cluster.Run({"workers"});
  CHECK(workers.exit_code == 0);
  CHECK(Contains(workers.out, "node-a  10.0.0.1:8920  live"));
  const ProgramResult explain = cluster.Run({"explain", "exec-1", "-n", "spark"});
  CHECK(explain.exit_code == 0);
  CHECK(Contains(explain.out, "degraded: metadata_away — locus-meta could not be reached"));
  const ProgramResult decisions = cluster.Run({"decisions", "--limit", "3"});
  CHECK(decisions.exit_code == 0);
  CHECK(Contains(decisions.out, "spark/exec-1  prioritize  degraded: metadata_away"));
}

TEST_CASE("negative answers end with 1", "[locusctl]") {
  const Cluster cluster;
  CHECK(cluster.Run({"locality", "/a", "/unknown"}).exit_code == 1);
  CHECK(cluster.Run({"decisions"}).exit_code == 1);
  const ProgramResult explain = cluster.Run({"explain", "spark/other"});
  CHECK(explain.exit_code == 1);
  CHECK(Contains(explain.err, "no decision on record for spark/other at " + cluster.extender()));
}

TEST_CASE("usage mistakes end with 2, the server's refusals too", "[locusctl]") {
  const Cluster cluster;
  CHECK(cluster.Run({}).exit_code == 2);
  CHECK(cluster.Run({"nonsense"}).exit_code == 2);
  CHECK(cluster.Run({"explain", "Not/A/Pod"}).exit_code == 2);
  CHECK(cluster.Run({"--help"}).exit_code == 0);
  CHECK(cluster.Run({"--version"}).out == "locusctl 0.1.0\n");
  const ProgramResult refused = cluster.Run({"locality", "/malformed"});
  CHECK(refused.exit_code == 2);
  CHECK(Contains(refused.err, "inputs[0]: malformed\\u{1B}[2J"));
}

TEST_CASE("servers that are not there end with 3 and name the address", "[locusctl]") {
  std::string meta, extender;
  {
    // Ports that were free a moment ago.
    const Cluster gone;
    meta = gone.meta();
    extender = gone.extender();
  }
  const ProgramResult locality = RunProgram(kBinary, {"locality", "/a", "--meta", meta, "--timeout", "3s"});
  CHECK(locality.exit_code == 3);
  CHECK(Contains(locality.err, "cannot reach locus-meta at " + meta));
  CHECK(Contains(locality.err, "--meta HOST:PORT or LOCUS_META"));
  CHECK(locality.out.empty());
  const ProgramResult explain = RunProgram(kBinary, {"explain", "p", "--extender", extender});
  CHECK(explain.exit_code == 3);
  CHECK(Contains(explain.err, "cannot reach locus-extender at " + extender + ": connection refused"));
  CHECK(Contains(explain.err, "--extender URL or LOCUS_EXTENDER"));
}

TEST_CASE("a server that does not answer is given up after --timeout", "[locusctl]") {
  const Cluster cluster;
  const ProgramResult locality = cluster.Run({"locality", "/slow", "--timeout", "200ms"});
  CHECK(locality.exit_code == 3);
  CHECK(Contains(locality.err, "gave no answer in time"));
  // A byte now and then keeps every single read alive: only the deadline over the whole call ends it.
  for (const char* prologue : {"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "HTTP/1.1 200 OK\r\nX: "}) {
    const DrippingServer dripping(prologue);
    const std::string url = "http://127.0.0.1:" + std::to_string(dripping.port());
    const ProgramResult explain = RunProgram(kBinary, {"explain", "p", "--extender", url, "--timeout", "200ms"});
    CHECK(explain.exit_code == 3);
    CHECK(Contains(explain.err, "no answer within 200ms"));
  }
}

TEST_CASE("an answer beyond any honest size is given up", "[locusctl]") {
  const Cluster cluster;
  const ProgramResult result = cluster.Run({"explain", "spark/huge", "--timeout", "1m"});
  CHECK(result.exit_code == 3);
  CHECK(Contains(result.err, "the answer is larger than 64 MiB"));
}

TEST_CASE("the other server's port is recognised as wrong", "[locusctl]") {
  const Cluster cluster;
  const std::string http_port = cluster.extender().substr(7);
  CHECK(cluster.Run({"workers", "--meta", http_port, "--timeout", "2s"}).exit_code == 3);
  CHECK(cluster.Run({"decisions", "--extender", "http://" + cluster.meta(), "--timeout", "2s"}).exit_code == 3);
}

TEST_CASE("colours appear on a terminal only, and NO_COLOR is honoured", "[locusctl]") {
  const Cluster cluster;
  const auto on_terminal = [&](std::vector<std::string> environment) {
    ProgramOptions options;
    options.terminal = true;
    options.environment = std::move(environment);
    return cluster.Run({"workers"}, options).out;
  };
  CHECK(Contains(on_terminal({"TERM=xterm"}), "\x1b[32mlive\x1b[0m"));
  CHECK_FALSE(Contains(on_terminal({"TERM=xterm", "NO_COLOR=1"}), "\x1b"));
  CHECK_FALSE(Contains(on_terminal({"TERM=dumb"}), "\x1b"));
}

TEST_CASE("every answer comes as YAML too", "[locusctl]") {
  const Cluster cluster;
  CHECK(Contains(cluster.Run({"workers", "-o", "yaml"}).out, "\n    node: \"node-a\"\n"));
  CHECK(cluster.Run({"mounts", "-o", "yaml"}).out.starts_with("---\nmounts:\n"));
  // A document a change.
  const std::string watched = cluster.Run({"watch", "/a", "--until", "1", "--for", "1m", "-o", "yaml"}).out;
  CHECK(watched.starts_with("---\nelapsed_ms: "));
  CHECK(Contains(watched, "\n---\n"));
}

TEST_CASE("--color wins over what standard output is", "[locusctl]") {
  const Cluster cluster;
  CHECK(Contains(cluster.Run({"workers", "--color", "always"}).out, "\x1b[32mlive\x1b[0m"));
  ProgramOptions options;
  options.terminal = true;
  options.environment = {"TERM=xterm"};
  CHECK_FALSE(Contains(cluster.Run({"workers", "--color", "never"}, options).out, "\x1b"));
}

TEST_CASE("status asks both servers, and ends with 1 when one is not well", "[locusctl]") {
  const Cluster cluster;
  const ProgramResult result = cluster.Run({"status"});
  CHECK(result.exit_code == 1);
  CHECK(result.err.empty());
  CHECK(Contains(result.out, "77 blocks"));
  CHECK(Contains(result.out, "! " + cluster.extender() + " knows no /v1/overview"));
  CHECK(Contains(result.out, "mounts may be missing at " + cluster.meta() + ": the master is away"));
}

TEST_CASE("doctor cluster judges what it can without an API server", "[locusctl]") {
  const Cluster cluster;
  const ProgramResult result = cluster.Run({"doctor", "cluster", "-o", "json"});
  CHECK(result.exit_code == 1);
  const auto checks = nlohmann::json::parse(result.out)["checks"];
  CHECK(checks[0]["subject"] == "API server");
  CHECK(checks[0]["health"] == "UNKNOWN");
  CHECK(checks[0]["evidence"][0] == "no API server is named");
}

TEST_CASE("as kubectl-locus it speaks as kubectl locus", "[locusctl]") {
  ProgramOptions options;
  options.name = "/usr/local/bin/kubectl-locus";
  const Cluster cluster;
  CHECK(Contains(cluster.Run({"nonsense"}, options).err, "kubectl locus: "));
}

TEST_CASE("mounts are listed with what keeps others from being known", "[locusctl]") {
  const Cluster cluster;
  const ProgramResult result = cluster.Run({"mounts"});
  CHECK(result.exit_code == 0);
  CHECK(Contains(result.out, "/data  s3a://bucket/data  Alluxio master\n"));
  CHECK(Contains(result.out, "Mounts may be missing: the master is away\n"));
  CHECK(nlohmann::json::parse(cluster.Run({"mounts", "--json"}).out)["mounts"][0]["origin"] == "master");
}

TEST_CASE("watch follows a cache until it is full, and says that it waits", "[locusctl]") {
  const Cluster cluster;
  const ProgramResult result = cluster.Run({"watch", "/a", "--until", "1", "--for", "1m"});
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK(Contains(result.out, "  /a  cached 100 B of 1000 B (10.0%)  node-a 100 B MEM\n"));
  CHECK(result.out.ends_with("  /a  cached 1000 B of 1000 B (100%)  node-a 1000 B MEM\n"));
  CHECK(cluster.locality().wanted() >= 1);
  CHECK(cluster.Run({"watch", "/a", "--until", "0.5", "--for", "1ms"}).exit_code == 1);
}

TEST_CASE("watch as JSON is a document a line", "[locusctl]") {
  const Cluster cluster;
  std::istringstream lines(cluster.Run({"watch", "/a", "--until", "1", "--for", "1m", "--json"}).out);
  uint64_t cached = 0;
  for (std::string line; std::getline(lines, line);) {
    cached = nlohmann::json::parse(line)["inputs"][0]["cached_bytes"].get<uint64_t>();
  }
  CHECK(cached == 1000);
}

TEST_CASE("watch on a terminal redraws in place", "[locusctl]") {
  const Cluster cluster;
  ProgramOptions options;
  options.terminal = true;
  options.environment = {"TERM=xterm"};
  const ProgramResult result = cluster.Run({"watch", "/a", "--until", "1", "--for", "1m"}, options);
  CHECK(result.exit_code == 0);
  CHECK(Contains(result.out, "\x1b[?7l"));
  CHECK(Contains(result.out, "(100%)"));
  CHECK(result.err.empty());
  // Without movement of the cursor there are lines.
  options.environment = {"TERM=dumb"};
  CHECK_FALSE(Contains(cluster.Run({"watch", "/a", "--until", "1", "--for", "1m"}, options).out, "\x1b"));
}

TEST_CASE("a stream that breaks is opened again by watch", "[locusctl]") {
  const Cluster cluster;
  const ProgramResult result = cluster.Run({"watch", "/breaks", "--until", "1", "--for", "1m"});
  CHECK(result.exit_code == 0);
  CHECK(Contains(result.err, "broke: torn; trying again until it is back\n"));
  CHECK(Contains(result.err, "locus-meta answers again\n"));
  const ProgramResult never = cluster.Run({"watch", "/never"});
  CHECK(never.exit_code == 3);
  CHECK(Contains(never.err, "cannot watch locality: cannot reach locus-meta at " + cluster.meta() + ": not now"));
}

TEST_CASE("Ctrl-C ends watch with 0", "[locusctl]") {
  const Cluster cluster;
  ProgramOptions options;
  options.interrupt_at = "(100%)";
  CHECK(cluster.Run({"watch", "/a"}, options).exit_code == 0);
}
