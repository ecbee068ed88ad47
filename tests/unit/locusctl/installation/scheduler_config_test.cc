#include "locusctl/installation/scheduler_config.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

using namespace locus::ctl;

namespace {

std::string FileText(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the configurations that are shipped are read as they are meant", "[locusctl]") {
  for (const char* name : {"kube-scheduler-config.yaml", "kube-scheduler-config-waiting.yaml"}) {
    INFO(name);
    const auto config = ParseSchedulerConfig(FileText(std::string("manifests/scheduler/") + name), "here");
    REQUIRE(config);
    CHECK(config->where == "here");
    CHECK(config->problem.empty());
    CHECK(config->scheduler_names == std::vector<std::string>{"locus"});
    CHECK(config->percentage == 100);
    REQUIRE(config->extenders.size() == 1);
    CHECK(config->extenders[0].url_prefix == "http://127.0.0.1:8900");
    CHECK(config->extenders[0].prioritize_verb == "prioritize");
    CHECK(config->extenders[0].weight == 20);
    CHECK(config->extenders[0].node_cache_capable);
    CHECK(config->extenders[0].ignorable);
    CHECK(config->elects);
    CHECK(config->lease_name == "locus-scheduler");
  }
}

TEST_CASE("what is not set is what kube-scheduler takes then", "[locusctl]") {
  const auto config = ParseSchedulerConfig("kind: KubeSchedulerConfiguration\nextenders: [{}]\n", "");
  REQUIRE(config);
  CHECK(config->scheduler_names == std::vector<std::string>{"default-scheduler"});
  CHECK_FALSE(config->percentage);
  CHECK_FALSE(config->extenders[0].node_cache_capable);
  CHECK_FALSE(config->extenders[0].ignorable);
  CHECK(config->elects);
  CHECK(config->lease_name == "kube-scheduler");
  CHECK(config->lease_space == "kube-system");
}

TEST_CASE("what is something else is passed over, what is broken is told", "[locusctl]") {
  CHECK_FALSE(ParseSchedulerConfig("kind: Other\n", ""));
  CHECK_FALSE(ParseSchedulerConfig("# KubeSchedulerConfiguration\nkind: Other\n", ""));
  CHECK_FALSE(ParseSchedulerConfig("KubeSchedulerConfiguration", ""));
  for (const char* broken :
       {"kind: KubeSchedulerConfiguration\n  x: [", "kind: KubeSchedulerConfiguration\nextenders: [{weight: x}]",
        "kind: KubeSchedulerConfiguration\npercentageOfNodesToScore: many"}) {
    INFO(broken);
    const auto config = ParseSchedulerConfig(broken, "");
    REQUIRE(config);
    CHECK_FALSE(config->problem.empty());
  }
}
