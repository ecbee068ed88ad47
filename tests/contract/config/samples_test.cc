// The configuration files that we ship are what the binaries accept, and the defaults that they show are the real ones.
#include <catch2/catch.hpp>

#include "common/config.h"
#include "common/status.h"
#include "proto/config/v1/extender.pb.h"
#include "proto/config/v1/meta.pb.h"
#include "proto/config/v1/worker.pb.h"

namespace {

std::string Sample(const std::string& name) { return "manifests/config/" + name; }

template <typename Config>
Config Load(const std::string& path, uint32_t port) {
  Config config;
  config.mutable_listen()->set_port(port);
  const absl::Status status = locus::LoadConfig(path, {}, &config);
  INFO(locus::MessageOf(status));
  REQUIRE(status.ok());
  return config;
}

}  // namespace

TEST_CASE("the sample of the extender shows the defaults", "[config]") {
  using Config = locus::config::v1::Extender;
  Config sample = Load<Config>(Sample("extender.yaml"), 8900);
  Config defaults = Load<Config>("", 8900);
  CHECK_FALSE(sample.admin().enabled());
  CHECK(sample.admin().listen().port() == 8901);
  sample.clear_admin();
  defaults.clear_admin();
  CHECK(sample.SerializeAsString() == defaults.SerializeAsString());
}

TEST_CASE("the sample of locus-meta shows the defaults but for its mount", "[config]") {
  using Config = locus::config::v1::Meta;
  Config sample = Load<Config>(Sample("meta.yaml"), 8910);
  Config defaults = Load<Config>("", 8910);
  CHECK(sample.mounts_size() == 1);
  sample.clear_mounts();
  sample.clear_admin();
  defaults.clear_admin();
  CHECK(sample.SerializeAsString() == defaults.SerializeAsString());
}

TEST_CASE("the sample of the worker is accepted", "[config]") {
  const auto sample = Load<locus::config::v1::Worker>(Sample("worker.yaml"), 8920);
  CHECK(sample.store().tiers_size() == 2);
  CHECK(sample.store().tiers(0).quota() == 4ULL << 30);
}

TEST_CASE("the sample of the agent is accepted", "[config]") {
  const auto sample = Load<locus::config::v1::Worker>(Sample("agent.yaml"), 8920);
  CHECK(sample.mode() == "agent");
  REQUIRE(sample.agent().tiers_size() == 3);
  CHECK(sample.agent().tiers(2).path() == "/mnt/ssd2");
  // What it shows beside them is the default.
  const auto defaults = Load<locus::config::v1::Worker>("", 8920);
  auto agent = sample.agent();
  agent.clear_tiers();
  agent.clear_host();
  CHECK(agent.SerializeAsString() == defaults.agent().SerializeAsString());
}

TEST_CASE("the sample for an Alluxio cluster shows the defaults but for what only the reader knows", "[config]") {
  using Config = locus::config::v1::Meta;
  Config sample = Load<Config>(Sample("meta-alluxio.yaml"), 8910);
  Config defaults = Load<Config>("", 8910);
  CHECK(sample.source() == "both");
  CHECK(sample.alluxio().masters_size() == 3);
  CHECK(sample.nodes().kubernetes().in_cluster());
  sample.set_source(defaults.source());
  sample.mutable_alluxio()->clear_masters();
  sample.mutable_nodes()->mutable_kubernetes()->set_in_cluster(false);
  CHECK_FALSE(sample.front().enabled());
  CHECK(sample.front().listen().port() == 19998);
  sample.mutable_front()->clear_listen();
  defaults.mutable_front()->clear_listen();
  sample.clear_admin();
  defaults.clear_admin();
  CHECK(sample.SerializeAsString() == defaults.SerializeAsString());
}
