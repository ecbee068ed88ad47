// locus-extender as it is started: exit codes, messages, signals, and one pod from the wire to the stream and back.
#include <signal.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/contract/extender/http_client.h"
#include "tests/integration/extender/eventually.h"
#include "tests/integration/extender/fake_locality_service.h"
#include "tests/integration/extender/process.h"

using namespace locus;
using namespace locus::extender;
using nlohmann::json;

namespace {

constexpr char kBinary[] = "extender/locus-extender";

struct Finished {
  std::optional<int> code;
  std::string output;
};

Finished Run(const std::string& name, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), kBinary);
  Process process(name, arguments);
  const std::optional<int> code = process.Wait();
  return {code, process.Output()};
}

bool Has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

// The server on a port of its own.
struct Running {
  Running(const std::string& name, const std::string& metadata, const std::vector<std::string>& more = {})
      : port_file(TemporaryPath(name + ".port")), process(name, Arguments(port_file, metadata, more)) {
    Eventually([this] { return !ReadFile(port_file).empty(); });
    const std::string text = ReadFile(port_file);
    port = text.empty() ? 0 : std::stoi(text);
  }

  static std::vector<std::string> Arguments(const std::string& port_file, const std::string& metadata,
                                            const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {kBinary,
                                          "--set",
                                          "listen.port=0",
                                          "--set",
                                          "listen.port_file=" + port_file,
                                          "--set",
                                          "metadata.target=" + metadata};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  const std::string port_file;
  Process process;
  int port = 0;
};

const std::string kNobody = "127.0.0.1:1";
const std::string kBody =
    R"({"Pod":{"metadata":{"name":"p","namespace":"ns","annotations":{"locus.dev/inputs":"alluxio:///x"}}},"NodeNames":["n1","n2"]})";

}  // namespace

TEST_CASE("all problems of a configuration are named and the exit code is 2", "[binary]") {
  const std::string path = TemporaryPath("bad.yaml");
  std::ofstream(path)
      << "listen:\n  prt: 1\nmetadata:\n  budget: 50\n  max_inputs: 20000\nscoring:\n  network_bandwidth: fast\n";
  const Finished finished = Run("bad-config", {"--config", path});
  CHECK(finished.code == 2);
  for (const char* field : {"listen.prt", "metadata.budget", "metadata.max_inputs", "scoring.network_bandwidth"}) {
    Has(finished.output, field);
  }
}

TEST_CASE("a missing configuration file and unknown options are exit code 2", "[binary]") {
  const Finished missing = Run("no-config", {"--config", "/nowhere/extender.yaml"});
  CHECK(missing.code == 2);
  Has(missing.output, "/nowhere/extender.yaml");
  CHECK(Run("no-option", {"--colour"}).code == 2);
}

TEST_CASE("check and version answer and end", "[binary]") {
  CHECK(Run("check", {"--check"}).code == 0);
  const Finished version = Run("version", {"--version"});
  CHECK(version.code == 0);
  Has(version.output, "locus-extender ");
}

TEST_CASE("a port in use is exit code 1 and named", "[binary]") {
  Running first("first", kNobody);
  REQUIRE(first.port > 0);
  const std::string port = std::to_string(first.port);
  const Finished second = Run("second", {"--set", "listen.port=" + port});
  CHECK(second.code == 1);
  Has(second.output, "127.0.0.1:" + port);
}

TEST_CASE("a port file that cannot be written is exit code 1 and named", "[binary]") {
  const Finished finished = Run("no-port-file", {"--set", "listen.port=0", "--set", "listen.port_file=/nowhere/port"});
  CHECK(finished.code == 1);
  Has(finished.output, "/nowhere/port");
}

TEST_CASE("a pod is scored from what locus-meta says, and the decision explained", "[binary]") {
  FakeLocalityService service;
  v1::InputLocality input;
  input.set_input("alluxio:///x");
  input.set_state(v1::InputLocality::KNOWN);
  input.set_length_bytes(1 << 30);
  v1::HolderLocality* holder = input.add_holders();
  holder->set_node("n2");
  v1::TierBytes* tier = holder->add_tiers();
  tier->set_tier(v1::TIER_MEM);
  tier->set_bytes(1 << 30);
  service.Put(input);
  FakeMeta meta(service);
  Running extender("scored", meta.target());
  REQUIRE(extender.port > 0);
  HttpClient client(extender.port);
  // The first calls may come before the stream is open: they are answered without scores.
  CHECK(Eventually([&] { return client.Post("/prioritize", kBody).body == R"([{"Host":"n2","Score":10}])"; }));
  const json explained = json::parse(client.Get("/v1/explain/ns/p").body);
  CHECK(explained["decisions"][0]["outcome"] == "scored");
  CHECK(explained["decisions"][0]["nodes"][0]["node"] == "n2");
  Has(client.Get("/readyz").body, "ok; metadata: connected");
  Has(client.Get("/metrics").body, "locus_extender_watch_connected 1\n");
  Has(client.Get("/configz").body, "max_inputs");
}

TEST_CASE("an input whose copies overlap is sampled, unless that is switched off", "[binary]") {
  FakeLocalityService service;
  v1::InputLocality input;
  input.set_input("alluxio:///x");
  input.set_state(v1::InputLocality::KNOWN);
  input.set_length_bytes(1 << 30);
  input.set_cached_bytes(1 << 30);
  for (const char* node : {"n1", "n2"}) {
    v1::HolderLocality* holder = input.add_holders();
    holder->set_node(node);
    v1::TierBytes* tier = holder->add_tiers();
    tier->set_tier(v1::TIER_MEM);
    tier->set_bytes(1 << 30);
  }
  service.Put(input);
  service.PutSample("alluxio:///x", {});
  FakeMeta meta(service);
  const auto asks = [](Running& extender, const std::string& metric) {
    HttpClient client(extender.port);
    return Eventually([&] {
      client.Post("/prioritize", kBody);
      return client.Get("/metrics").body.find(metric) != std::string::npos;
    });
  };
  Running off("unsampled", meta.target(), {"--set", "metadata.sample_blocks=0"});
  CHECK(asks(off, R"(locus_extender_decisions_total{outcome="abstained")"));
  CHECK(service.sampled().empty());
  Running extender("sampled", meta.target());
  CHECK(asks(extender, "locus_extender_samples_fetch_seconds_count 1\n"));
  REQUIRE(service.sampled().size() == 1);
  CHECK(service.sampled()[0].max_blocks() == 4096);
}

TEST_CASE("without locus-meta it is ready, passes and gives no scores", "[binary]") {
  Running extender("alone", kNobody);
  REQUIRE(extender.port > 0);
  HttpClient client(extender.port);
  CHECK(client.Get("/readyz").status == 200);
  CHECK(json::parse(client.Post("/filter", kBody).body)["NodeNames"] == json{"n1", "n2"});
  CHECK(client.Post("/prioritize", kBody).body == "[]");
  Has(client.Get("/metrics").body, "locus_extender_degraded_total{reason=\"metadata_away\"} 1\n");
}

TEST_CASE("probes and metrics can have a port of their own, where nothing else is", "[binary]") {
  const std::string port_file = TemporaryPath("operator-admin.port");
  Running extender(
      "operator", kNobody,
      {"--set", "admin.enabled=true", "--set", "admin.listen.port=0", "--set", "admin.listen.port_file=" + port_file});
  REQUIRE(Eventually([&] { return !ReadFile(port_file).empty(); }));
  HttpClient client(std::stoi(ReadFile(port_file)));
  CHECK(client.Get("/healthz").status == 200);
  Has(client.Get("/readyz").body, "ok; metadata: away");
  Has(client.Get("/metrics").body, "locus_extender_watch_connected 0\n");
  Has(client.Get("/configz").body, "max_inputs");
  CHECK(client.Post("/prioritize", kBody).status == 404);
  CHECK(client.Get("/v1/decisions").status == 404);
  CHECK(client.Get("/v1/locality?input=alluxio:///x").status == 404);
}

TEST_CASE("an operator's port in use is exit code 1 and named", "[binary]") {
  Running first("first-operator", kNobody);
  REQUIRE(first.port > 0);
  const std::string port = std::to_string(first.port);
  const Finished second = Run("second-operator", {"--set", "listen.port=0", "--set", "admin.enabled=true", "--set",
                                                  "admin.listen.port=" + port});
  CHECK(second.code == 1);
  Has(second.output, "127.0.0.1:" + port);
}

TEST_CASE("it ends on SIGTERM and SIGINT with a stream and a connection open", "[binary]") {
  for (const int number : {SIGTERM, SIGINT}) {
    FakeLocalityService service;
    FakeMeta meta(service);
    Running extender("signal-" + std::to_string(number), meta.target());
    REQUIRE(extender.port > 0);
    HttpClient client(extender.port);
    REQUIRE(client.Get("/healthz"));
    REQUIRE(Eventually([&] { return service.streams() == 1; }));
    extender.process.Signal(number);
    CHECK(extender.process.Wait() == 0);
  }
}
