#include "locusctl/installation/scheduler_config.h"

#include <yaml-cpp/yaml.h>

#include <utility>

namespace locus::ctl {
namespace {

// A ConfigMap holds at most 1 MiB; a configuration is a few kilobytes.
constexpr size_t kMaxBytes = size_t{1} << 20;
constexpr size_t kMaxEntries = 100;

template <typename T>
T Get(const YAML::Node& node, const char* member, T otherwise) {
  const YAML::Node value = node[member];
  return value && !value.IsNull() ? value.as<T>() : otherwise;
}

void Read(const YAML::Node& root, SchedulerConfig& config) {
  for (const YAML::Node& profile : root["profiles"]) {
    if (config.scheduler_names.size() == kMaxEntries) break;
    config.scheduler_names.push_back(Get<std::string>(profile, "schedulerName", "default-scheduler"));
  }
  if (config.scheduler_names.empty()) config.scheduler_names.push_back("default-scheduler");
  if (root["percentageOfNodesToScore"]) config.percentage = root["percentageOfNodesToScore"].as<int64_t>();
  for (const YAML::Node& entry : root["extenders"]) {
    if (config.extenders.size() == kMaxEntries) break;
    config.extenders.push_back({Get<std::string>(entry, "urlPrefix", ""), Get<std::string>(entry, "filterVerb", ""),
                                Get<std::string>(entry, "prioritizeVerb", ""), Get<int64_t>(entry, "weight", 0),
                                Get(entry, "nodeCacheCapable", false), Get(entry, "ignorable", false)});
  }
  // The defaults of kube-scheduler itself.
  const YAML::Node election = root["leaderElection"];
  config.elects = election ? Get(election, "leaderElect", true) : true;
  config.lease_space = election ? Get<std::string>(election, "resourceNamespace", "kube-system") : "kube-system";
  config.lease_name = election ? Get<std::string>(election, "resourceName", "kube-scheduler") : "kube-scheduler";
}

}  // namespace

std::optional<SchedulerConfig> ParseSchedulerConfig(const std::string& yaml, std::string where) {
  if (yaml.size() > kMaxBytes || yaml.find("KubeSchedulerConfiguration") == std::string::npos) return std::nullopt;
  SchedulerConfig config;
  config.where = std::move(where);
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (!root.IsMap() || Get<std::string>(root, "kind", "") != "KubeSchedulerConfiguration") return std::nullopt;
    Read(root, config);
  } catch (const YAML::Exception& error) {
    config.problem = error.what();
  }
  return config;
}

}  // namespace locus::ctl
