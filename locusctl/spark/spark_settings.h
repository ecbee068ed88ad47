// What Spark has to be told so that pods, tasks and reads are local: values, each with its reason.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace locus::ctl {

// Each needs the one before it: a local read needs a task on the right executor, and that an executor near the data.
enum class Layer { kPods, kTasks, kReads };

// "executors on the data", "tasks on the right executor", "reads from the own node".
std::string LayerName(Layer layer);

// What executors are called by: their own addresses, or those of their nodes (hostNetwork).
enum class Network { kPod, kHost };

struct SparkOptions {
  // As in the annotation, separated already.
  std::vector<std::string> inputs;
  Network network = Network::kPod;
  // HOST:PORT of the front; empty: none, tasks then go anywhere on a pod network.
  std::string front;
  // As the annotations of the same names; empty: not given.
  std::string policy;
  std::string max_wait;
  std::string layout;
  std::string share;
  // Of a driver behind address translation.
  std::string driver_address;
  std::string scheduler = "locus";
  // Executors, or those to begin with when dynamic; 0: as Spark is told elsewhere.
  uint32_t executors = 0;
  bool dynamic = false;
  // Of the files to read.
  uint64_t block_bytes = uint64_t{64} << 20;
  // How long a task waits for an executor that has its block.
  Duration locality_wait = std::chrono::seconds(10);
};

struct Setting {
  std::string name;
  std::string value;
  std::string reason;
  Layer layer = Layer::kPods;
  // `value` is an option of the JVM that joins those already there.
  bool java_option = false;
  // Other names under which a user may have set the same.
  std::vector<std::string> aliases;
};

// What cannot be said with properties and stands in the executors' pod template.
struct TemplateWishes {
  // schedulingGates: locus.dev/locality.
  bool gate = false;
  // hostNetwork and dnsPolicy.
  bool host_network = false;
  // The variable HOST_IP, which Java options refer to.
  bool host_ip = true;
};

struct JobInput {
  std::string input;
  // What the job has to read; empty: it lies outside of Alluxio.
  std::string uri;
};

struct SparkSettings {
  // By layer.
  std::vector<Setting> settings;
  TemplateWishes pod_template;
  std::vector<JobInput> inputs;
  // What a person should know besides.
  std::vector<std::string> notes;
};

// One line for each part of the template.
std::vector<std::string> ReasonsOf(const TemplateWishes& wishes);

inline constexpr const char* kTemplateFile = "spark.kubernetes.executor.podTemplateFile";
inline constexpr const char* kTemplateContainer = "spark.kubernetes.executor.podTemplateContainerName";

// INVALID_ARGUMENT names the option and what to write. The setting kTemplateFile is not among the settings: who writes
// the file knows its name.
absl::StatusOr<SparkSettings> SettingsFor(const SparkOptions& options);

}  // namespace locus::ctl
