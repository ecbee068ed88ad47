#include "common/config.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "proto/config/v1/extender.pb.h"
#include "proto/config/v1/meta.pb.h"
#include "proto/config/v1/worker.pb.h"

using namespace locus;
using config::v1::Extender;
using config::v1::Meta;
using config::v1::Worker;

namespace {

template <typename Message>
std::string Problems(std::string_view yaml, const std::vector<std::string>& overrides = {}) {
  Message config;
  const absl::Status status = ParseConfig(yaml, overrides, &config);
  if (!status.ok()) CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  return status.ok() ? "" : MessageOf(status);
}

// What every worker needs.
constexpr const char* kWorker = "origin: {folder: /data}\nstore: {tiers: [{tier: MEM, path: /m, quota: 1GiB}]}\n";

std::string TempFile(const std::string& name, const std::string& content) {
  const char* folder = std::getenv("TEST_TMPDIR");
  const std::string path = (folder == nullptr ? std::string("/tmp") : std::string(folder)) + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

}  // namespace

TEST_CASE("absent fields take the default of their rule", "[config]") {
  Extender config;
  REQUIRE(ParseConfig("", {}, &config).ok());
  CHECK(config.listen().address() == "127.0.0.1");
  CHECK(config.http().max_body() == 16u << 20);
  CHECK(config.http().idle_timeout().seconds() == 120);
  CHECK(config.metadata().budget().nanos() == 50'000'000);
  CHECK(config.scoring().network_bandwidth() == 1.25e8);
  CHECK(config.scoring().indifference() == 0.05);
  CHECK(config.log().format() == "text");
}

TEST_CASE("every kind of field is read in its own notation", "[config]") {
  Extender config;
  REQUIRE(ParseConfig("listen: {address: 0.0.0.0, port: 8900}\n"
                      "http:\n  max_body: 1MiB\n  threads: 64\n  io_timeout: 1.5s\n"
                      "scoring: {ssd_bandwidth: 2GB/s, network_bandwidth: 10Gbit/s, indifference: 0.125}\n"
                      "metadata:\n  target: \"meta:8910\"\n",
                      {}, &config)
              .ok());
  CHECK(config.listen().port() == 8900);
  CHECK(config.http().max_body() == 1u << 20);
  CHECK(config.http().threads() == 64);
  CHECK(config.http().io_timeout().seconds() == 1);
  CHECK(config.http().io_timeout().nanos() == 500'000'000);
  CHECK(config.scoring().ssd_bandwidth() == 2e9);
  CHECK(config.scoring().network_bandwidth() == 1.25e9);
  CHECK(config.scoring().indifference() == 0.125);
  CHECK(config.metadata().target() == "meta:8910");
}

TEST_CASE("lists of messages and switches are read", "[config]") {
  Worker config;
  REQUIRE(ParseConfig("origin: {folder: /data}\n"
                      "store:\n  sync: true\n  tiers:\n  - {tier: MEM, path: /m, quota: 1GiB}\n  - {tier: SSD, path: "
                      "/s, quota: 2GB}\n",
                      {}, &config)
              .ok());
  REQUIRE(config.store().tiers_size() == 2);
  CHECK(config.store().tiers(1).tier() == "SSD");
  CHECK(config.store().tiers(1).quota() == 2'000'000'000);
  CHECK(config.store().sync());
}

TEST_CASE("what the binary presets is kept where the file is silent", "[config]") {
  Extender config;
  config.mutable_listen()->set_port(8900);
  config.mutable_metadata()->set_target("preset:1");
  REQUIRE(ParseConfig("metadata: {target: \"file:2\"}", {}, &config).ok());
  CHECK(config.listen().port() == 8900);
  CHECK(config.listen().address() == "127.0.0.1");
  CHECK(config.metadata().target() == "file:2");
  Extender zero;
  zero.mutable_listen()->set_port(8900);
  REQUIRE(ParseConfig("listen: {port: 0}", {}, &zero).ok());
  CHECK(zero.listen().port() == 0);
}

TEST_CASE("all problems are told at once, each with its path", "[config]") {
  CHECK(Problems<Worker>("listen: {port: 70000, adress: x}\n"
                         "log: {level: loud}\n"
                         "report: {reconnect_max: 5}\n"
                         "store:\n"
                         "  block_size: 64 potatoes\n"
                         "  fetchers: 1.5\n"
                         "  sync: maybe\n"
                         "  tiers:\n"
                         "  - {tier: TAPE, path: /t, quota: 1KiB}\n"
                         "  - {path: [1], colour: red}\n"
                         "speed: 9\n") ==
        "speed: unknown field; known here: listen, admin, http, log, mode, node, announce_host, report, origin, store, "
        "load, agent, data_http, alluxio, limits, access\n"
        "listen.adress: unknown field; did you mean 'address'?\n"
        "listen.port: '70000' is out of range: 0 to 65535\n"
        "log.level: 'loud' is not one of: debug, info, warning, error\n"
        "report.reconnect_max: '5' is not a duration; write for example 250ms, 10s, 5m or 1h\n"
        "store.block_size: '64 potatoes' is not a size; write for example 64MiB, 2GB or 65536\n"
        "store.tiers[0].tier: 'TAPE' is not one of: MEM, SSD, HDD\n"
        "store.tiers[0].quota: '1KiB' is out of range: 4KiB to 1000TB\n"
        "store.tiers[1].colour: unknown field; known here: tier, path, quota\n"
        "store.tiers[1].tier: is required\n"
        "store.tiers[1].path: must be a single value\n"
        "store.tiers[1].quota: is required\n"
        "store.fetchers: '1.5' is not a whole number\n"
        "store.sync: 'maybe' is neither true nor false");
}

TEST_CASE("a key that stands twice is a problem", "[config]") {
  CHECK(Problems<Extender>("listen: {port: 1}\nlog: {level: info}\nlisten: {port: 2}\n") == "listen: stands twice");
}

TEST_CASE("groups, lists and values are not mistaken for one another", "[config]") {
  CHECK(Problems<Extender>("listen: 8900") == "listen: must hold fields (name: value)");
  CHECK(Problems<Extender>("[]") == "the file: must hold fields (name: value)");
  CHECK(Problems<Extender>("just text") == "the file: must hold fields (name: value)");
  CHECK(Problems<Extender>("listen: {port: {a: b}}") == "listen.port: must be a single value");
  CHECK(Problems<Meta>("mounts: {path: /a}") == "mounts: must be a list");
}

TEST_CASE("numbers beyond any type are refused, not wrapped", "[config]") {
  for (const char* number : {"4294967297", "1e300", "18446744073709551616"}) {
    INFO(number);
    CHECK_FALSE(Problems<Extender>("http: {threads: " + std::string(number) + "}").empty());
  }
  CHECK(Problems<Extender>("http: {threads: -1}") == "http.threads: '-1' is out of range: 2 to 1024");
  CHECK(Problems<Extender>("http: {threads: nan}") == "http.threads: 'nan' is not a number");
  CHECK(Problems<Extender>("http: {threads: 0x10}") == "http.threads: '0x10' is not a number");
  CHECK(Problems<Extender>("http: {threads: ''}") == "http.threads: '' is not a number");
  CHECK(Problems<Extender>("http: {max_body: 20000000TiB}") == "http.max_body: '20000000TiB' is too large a size");
}

TEST_CASE("bounds are inclusive", "[config]") {
  CHECK(Problems<Extender>("scoring: {indifference: 0.5, min_headroom: 0.01}").empty());
  CHECK(Problems<Extender>("scoring: {indifference: 0.51}") ==
        "scoring.indifference: '0.51' is out of range: 0 to 0.5");
  CHECK(Problems<Extender>("http: {io_timeout: 100ms}").empty());
  CHECK(Problems<Extender>("http: {io_timeout: 99ms}") == "http.io_timeout: '99ms' is out of range: 100ms to 60s");
}

TEST_CASE("texts have bounds on their length", "[config]") {
  CHECK(Problems<Worker>(kWorker + ("node: " + std::string(253, 'a'))).empty());
  CHECK(Problems<Worker>(kWorker + ("node: " + std::string(254, 'a'))) ==
        "node: has 254 characters, allowed are 0 to 253");
  CHECK(Problems<Extender>("metadata: {target: ''}") == "metadata.target: has 0 characters, allowed are 1 to 1024");
}

TEST_CASE("lists have bounds on their length", "[config]") {
  std::string tiers;
  for (int i = 0; i < 17; ++i) tiers += "  - {tier: MEM, path: /m, quota: 1GiB}\n";
  CHECK(Problems<Worker>("origin: {folder: /data}\nstore:\n  tiers:\n" + tiers) ==
        "store.tiers: has 17 entries, allowed are 0 to 16");
}

TEST_CASE("an empty value counts as absent", "[config]") {
  Extender config;
  REQUIRE(ParseConfig("listen:\n  port:\nlog:\n", {}, &config).ok());
  CHECK(config.log().level() == "info");
}

TEST_CASE("overrides win over the file", "[config]") {
  Worker config;
  REQUIRE(ParseConfig(kWorker,
                      {"listen.port=8920", "store.tiers.0.quota=2GiB", "store.tiers.1.tier=SSD",
                       "store.tiers.1.path=/s=x", "store.tiers.1.quota=1TB", "log.level=debug", "log.level=error"},
                      &config)
              .ok());
  CHECK(config.listen().port() == 8920);
  REQUIRE(config.store().tiers_size() == 2);
  CHECK(config.store().tiers(0).quota() == 2ULL << 30);
  CHECK(config.store().tiers(0).path() == "/m");
  CHECK(config.store().tiers(1).path() == "/s=x");
  CHECK(config.log().level() == "error");
}

TEST_CASE("overrides alone can make a whole list", "[config]") {
  Worker config;
  REQUIRE(ParseConfig(
              "", {"origin.folder=/d", "store.tiers.0.tier=MEM", "store.tiers.0.path=/m", "store.tiers.0.quota=1GiB"},
              &config)
              .ok());
  CHECK(config.store().tiers(0).path() == "/m");
}

TEST_CASE("overrides that cannot be applied are named", "[config]") {
  CHECK(Problems<Extender>("", {"listen.port"}) == "--set listen.port: write --set field.field=value");
  CHECK(Problems<Extender>("", {"=1"}) == "--set =1: write --set field.field=value");
  CHECK(Problems<Extender>("listen: {port: 1}", {"listen.port.x=1"}) ==
        "--set listen.port.x=1: 'port' holds a single value, no fields");
  CHECK(Problems<Extender>("listen: {port: 1}", {"listen.0=1"}) ==
        "--set listen.0=1: '0' is a position, but there is no list here");
  CHECK(Problems<Worker>(kWorker, {"store.tiers.2.path=/x"}) ==
        "--set store.tiers.2.path=/x: the list has 1 entries: the next position is 1");
  CHECK(Problems<Worker>(kWorker, {"store.tiers.path=/x"}) ==
        "--set store.tiers.path=/x: 'path' is a name, but this is a list: write a position, from 0");
  CHECK(Problems<Extender>("", {"listen.prot=1"}) == "listen.prot: unknown field; did you mean 'port'?");
  CHECK(Problems<Extender>("", {"listen..port=1"}) ==
        "listen.: unknown field; known here: address, port, port_file, tls");
}

TEST_CASE("what is not YAML is told with its place", "[config]") {
  CHECK(Problems<Extender>("listen: {port: 1").rfind("not valid YAML: yaml-cpp: error at line 1", 0) == 0);
  CHECK(Problems<Extender>("a: b: c").rfind("not valid YAML: ", 0) == 0);
  CHECK(Problems<Extender>("log: {level: info}\n---\nlog: {level: debug}\n") ==
        "the file: holds 2 YAML documents, write one");
  CHECK(Problems<Extender>("log: *nowhere").rfind("not valid YAML: ", 0) == 0);
}

TEST_CASE("bytes that are no text are refused", "[config]") {
  CHECK(Problems<Extender>(std::string("log:\0", 5)) == "the file holds a NUL byte: it is no YAML text");
  CHECK(Problems<Extender>("metadata: {target: \"a\\0b\"}") == "metadata.target: must be UTF-8 text without NUL");
  CHECK(Problems<Extender>("", {"metadata.target=a\xFF"}) == "metadata.target: must be UTF-8 text without NUL");
}

TEST_CASE("huge and deep files are refused without harm", "[config]") {
  CHECK(Problems<Extender>("# " + std::string(1 << 20, 'x')) == "the file is larger than 1 MiB");
  CHECK_FALSE(Problems<Extender>(std::string(100'000, '[')).empty());
  CHECK_FALSE(Problems<Extender>(std::string(100'000, '{')).empty());
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  CHECK_FALSE(Problems<Extender>(deep).empty());
  // Each line doubles: 2^40 nodes if anybody followed them.
  std::string laughs = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + before + ", *a" + before + "]\n";
  }
  CHECK_FALSE(Problems<Extender>(laughs).empty());
}

TEST_CASE("a file that cannot be read is named with the reason", "[config]") {
  Extender config;
  const absl::Status missing = LoadConfig("/no/such/extender.yaml", {}, &config);
  CHECK(missing.code() == absl::StatusCode::kNotFound);
  CHECK(MessageOf(missing) == "cannot read the configuration file '/no/such/extender.yaml': No such file or directory");
  const std::string folder = TempFile("x", "") + ".d";
  ::mkdir(folder.c_str(), 0700);
  CHECK(MessageOf(LoadConfig(folder, {}, &config)) ==
        "cannot read the configuration file '" + folder + "': Is a directory");
}

TEST_CASE("files are read whole, and an empty path is an empty file", "[config]") {
  Extender config;
  REQUIRE(LoadConfig(TempFile("extender.yaml", "listen: {port: 12}\n"), {}, &config).ok());
  CHECK(config.listen().port() == 12);
  CHECK(LoadConfig("", {}, &config).ok());
  CHECK(LoadConfig(TempFile("empty.yaml", ""), {}, &config).ok());
  CHECK(MessageOf(LoadConfig(TempFile("large.yaml", std::string(3 << 20, '#')), {}, &config)) ==
        "the file is larger than 1 MiB");
}

TEST_CASE("the effective configuration shows every field under its own name", "[config]") {
  Extender config;
  REQUIRE(ParseConfig("http: {threads: 7}", {}, &config).ok());
  const auto json = nlohmann::json::parse(ConfigToJson(config));
  CHECK(json["http"]["threads"] == 7);
  CHECK(json["http"]["io_timeout"] == "5s");
  CHECK(json["listen"]["port_file"] == "");
  CHECK(json["scoring"]["network_bandwidth"] == 1.25e8);
}

TEST_CASE("the command line ends the process with 0 or 2, or lets it run", "[config]") {
  const auto parse = [](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "locus-test");
    Extender config;
    return ParseDaemonCommandLine(static_cast<int>(arguments.size()), arguments.data(), "locus-test", "A test.",
                                  &config);
  };
  CHECK(parse({}) == -1);
  CHECK(parse({"--check"}) == 0);
  CHECK(parse({"--version"}) == 0);
  CHECK(parse({"--help"}) == 0);
  CHECK(parse({"--set", "listen.port=1", "--set", "log.level=debug"}) == -1);
  CHECK(parse({"--set", "listen.port=x"}) == 2);
  CHECK(parse({"--set", "listen.port=x", "--check"}) == 2);
  CHECK(parse({"--config", "/no/such/file"}) == 2);
  CHECK(parse({"--nonsense"}) == 2);
  CHECK(parse({"positional"}) == 2);
}
