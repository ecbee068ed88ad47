#include "locusctl/spark/spark_settings.h"

#include <algorithm>
#include <utility>

#include "common/endpoint.h"
#include "common/status.h"
#include "common/units.h"
#include "locusctl/spark/input_list.h"

namespace locus::ctl {
namespace {

constexpr size_t kMaxInputs = 64;
// gate.default_wait of the extender.
constexpr Duration kDefaultWait = std::chrono::seconds(30);
// spark.kubernetes.allocation.executor.timeout: then Spark deletes a pending pod.
constexpr Duration kAllocationTimeout = std::chrono::seconds(600);
// Pulling an image and starting a JVM.
constexpr Duration kStartAllowance = std::chrono::seconds(60);
constexpr uint64_t kMaxBlockBytes = uint64_t{1} << 40;
constexpr const char* kExecutorOptions = "spark.executor.extraJavaOptions";
constexpr const char* kDriverOptions = "spark.driver.extraJavaOptions";

// As Spark reads it, which knows no fractions.
std::string SparkTime(Duration duration) {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return milliseconds % 1000 == 0 ? std::to_string(milliseconds / 1000) + "s" : std::to_string(milliseconds) + "ms";
}

// Comma-separated as the annotation wants them.
std::string Joined(const std::vector<std::string>& inputs) {
  std::string list;
  for (const std::string& input : inputs) list += (list.empty() ? "" : ",") + input;
  return list;
}

absl::Status CheckInputs(const std::vector<std::string>& inputs) {
  if (inputs.empty()) return InvalidArgument("--inputs: name what the job reads, such as alluxio:///warehouse/events");
  if (inputs.size() > kMaxInputs) {
    return InvalidArgument("--inputs: at most 64 can be named; name the folder above them, or use a glob in quotes");
  }
  for (const std::string& input : inputs) {
    const std::string problem = ProblemOfInput(input);
    if (!problem.empty()) return InvalidArgument("--inputs: '" + input.substr(0, 200) + "' " + problem);
  }
  return absl::OkStatus();
}

absl::Status CheckWord(const char* flag, const std::string& word, std::initializer_list<const char*> words) {
  if (word.empty()) return absl::OkStatus();
  std::string known;
  for (const char* candidate : words) {
    if (word == candidate) return absl::OkStatus();
    known += (known.empty() ? "" : ", ") + std::string(candidate);
  }
  return InvalidArgument(std::string(flag) + ": '" + word + "' is not one of " + known);
}

absl::Status CheckFront(const std::string& front) {
  if (ParseEndpoint(front).ok()) return absl::OkStatus();
  return InvalidArgument("--front (or LOCUS_FRONT): '" + front +
                         "' is not HOST:PORT; write for example locus-meta.locus.svc:19998");
}

absl::StatusOr<Duration> WaitOf(const SparkOptions& options) {
  if (options.max_wait.empty()) return options.policy == "wait" ? kDefaultWait : Duration{};
  if (options.policy != "wait") return InvalidArgument("--max-wait: only --policy wait has an end; write both");
  const absl::StatusOr<Duration> wait = ParseDuration(options.max_wait);
  if (!wait.ok()) return ::locus::Annotate(wait.status(), "--max-wait");
  return *wait;
}

absl::Status Check(const SparkOptions& options) {
  LOCUS_RETURN_IF_ERROR(CheckInputs(options.inputs));
  LOCUS_RETURN_IF_ERROR(CheckWord("--policy", options.policy, {"prefer", "wait", "require"}));
  LOCUS_RETURN_IF_ERROR(CheckWord("--layout", options.layout, {"spread", "pack"}));
  if (!options.share.empty()) {
    const absl::StatusOr<uint64_t> share = ParseBytes(options.share);
    if (!share.ok()) return ::locus::Annotate(share.status(), "--share");
    if (*share == 0) return InvalidArgument("--share: an executor that reads nothing needs no place");
  }
  if (!options.front.empty()) LOCUS_RETURN_IF_ERROR(CheckFront(options.front));
  if (options.scheduler.empty()) return InvalidArgument("--scheduler: write the scheduler's name, such as locus");
  if (options.block_bytes == 0 || options.block_bytes > kMaxBlockBytes) {
    return InvalidArgument("--block-size: write 1 to 1TiB");
  }
  return absl::OkStatus();
}

// Gathers settings in the order of layers.
class Builder {
 public:
  explicit Builder(const SparkOptions& options) : options_(options) {}

  SparkSettings Build(Duration wait) {
    Pods(wait);
    Tasks(wait);
    Reads();
    Inputs();
    return std::move(result_);
  }

 private:
  Setting& Add(Layer layer, std::string name, std::string value, std::string reason) {
    result_.settings.push_back({std::move(name), std::move(value), std::move(reason), layer, false, {}});
    return result_.settings.back();
  }

  void Annotate(const char* key, const std::string& value, const char* reason, Layer layer = Layer::kPods) {
    if (!value.empty()) Add(layer, std::string("spark.kubernetes.executor.annotation.locus.dev/") + key, value, reason);
  }

  void JavaOption(Layer layer, const char* name, std::string value, std::string reason) {
    Add(layer, name, std::move(value), std::move(reason)).java_option = true;
  }

  void Pods(Duration wait) {
    Add(Layer::kPods, "spark.kubernetes.executor.scheduler.name", options_.scheduler,
        "the scheduler that asks Locus where executors go")
        .aliases = {"spark.kubernetes.scheduler.name"};
    Annotate("inputs", Joined(options_.inputs), "what they read: they go where it is cached");
    Annotate("policy", options_.policy, "whether an executor waits for a node that holds its data");
    Annotate("max-wait", options_.max_wait, "then it runs anywhere");
    Annotate("layout", options_.layout, "over all holders, or on as few nodes as hold the data");
    Annotate("share", options_.share, "what one executor reads");
    result_.pod_template.gate = options_.policy == "wait";
    if (wait + kStartAllowance > kAllocationTimeout) {
      Add(Layer::kPods, "spark.kubernetes.allocation.executor.timeout", SparkTime(wait + kAllocationTimeout),
          "Spark deletes a pod that is pending for longer: not while it may still wait");
    }
    Executors();
  }

  void Executors() {
    const std::string count = std::to_string(options_.executors);
    if (!options_.dynamic) {
      if (options_.executors == 0) return;
      Add(Layer::kPods, "spark.executor.instances", count, "all are asked for at the start, and placed together");
      return;
    }
    Add(Layer::kPods, "spark.dynamicAllocation.enabled", "true", "executors come and go with the work");
    Add(Layer::kPods, "spark.dynamicAllocation.shuffleTracking.enabled", "true",
        "Kubernetes has no shuffle service: executors with shuffle data stay");
    Add(Layer::kTasks, "spark.dynamicAllocation.initialExecutors", options_.executors == 0 ? "2" : count,
        "with no executor at the first listing, no task of the first scan has a place to prefer")
        .aliases = {"spark.executor.instances"};
  }

  void Tasks(Duration wait) {
    Add(Layer::kTasks, "spark.scheduler.minRegisteredResourcesRatio", "1.0",
        "locations are fixed when files are listed: all executors have to be known by then");
    Add(Layer::kTasks, "spark.scheduler.maxRegisteredResourcesWaitingTime", SparkTime(wait + kStartAllowance),
        "no longer than this, if some cannot come");
    Add(Layer::kTasks, "spark.locality.wait.node", SparkTime(options_.locality_wait),
        "how long a task waits for an executor that has its block before it runs elsewhere")
        .aliases = {"spark.locality.wait"};
    const std::string block = std::to_string(options_.block_bytes);
    Add(Layer::kTasks, "spark.sql.files.maxPartitionBytes", block,
        "one block (" + FormatBytes(options_.block_bytes) + ") a task: larger parts span blocks on different nodes");
    Add(Layer::kTasks, "spark.sql.files.openCostInBytes", block,
        "one file a task: files packed together lie on different nodes. Lower it for very many small files");
    if (options_.network == Network::kHost) HostNetwork();
    Annotate("driver-address", options_.driver_address,
             "where the front sees the driver's calls come from: it is behind address translation", Layer::kTasks);
    if (!options_.front.empty()) Front();
  }

  void HostNetwork() {
    result_.pod_template.host_network = true;
    Add(Layer::kTasks, "spark.blockManager.port", "0",
        "a fixed port on the node's network would allow one executor a node");
    Add(Layer::kTasks, "spark.driver.blockManager.port", "7079",
        "the driver's own, which Spark would take from the executors': it stands in a driver pod, where 0 is no port");
    Add(Layer::kTasks, "spark.shuffle.readHostLocalDisk", "false",
        "executors on one node have one address, but not one disk");
  }

  void Front() {
    const size_t colon = options_.front.rfind(':');
    const std::string host = options_.front.substr(0, colon);
    const std::string option = "-Dalluxio.master.hostname=" + host +
                               " -Dalluxio.master.rpc.port=" + options_.front.substr(colon + 1) +
                               " -Dalluxio.master.rpc.addresses=" + options_.front;
    JavaOption(Layer::kTasks, kDriverOptions, option, "alluxio:///path means the front: it names executors as hosts");
    JavaOption(Layer::kTasks, kExecutorOptions, option, "executors list files too, when there are many paths");
  }

  void Reads() {
    JavaOption(Layer::kReads, kExecutorOptions, "-Dalluxio.user.hostname=$(HOST_IP)",
               "which worker is the own node's; Kubernetes fills in HOST_IP from the pod template");
  }

  void Inputs() {
    for (const std::string& input : options_.inputs) {
      const bool alluxio = !ThroughFront(input, "x").empty();
      JobInput entry{input, ""};
      // Without a front, only the scheme is missing where it is.
      const std::string direct = input.starts_with('/') ? "alluxio://" + input : input;
      if (alluxio) entry.uri = options_.front.empty() ? direct : ThroughFront(input, options_.front);
      if (!alluxio) {
        result_.notes.push_back("'" + input +
                                "' is an address of the under-store: a job that reads it there reads past Alluxio. "
                                "Read the path that `locusctl mounts` shows it at, as alluxio:///path.");
      }
      result_.inputs.push_back(std::move(entry));
    }
    if (options_.front.empty() && options_.network == Network::kPod) {
      result_.notes.push_back(
          "Without a front on a pod network, Spark does not know which executor is near a block: executors are on the "
          "data, tasks go to any of them.");
    }
    result_.notes.push_back(
        "A read from another node leaves a copy on the own one. -Dalluxio.user.file.passive.cache.enabled=false in "
        "spark.executor.extraJavaOptions keeps copies few where the cache is small.");
  }

  const SparkOptions& options_;
  SparkSettings result_;
};

}  // namespace

std::string LayerName(Layer layer) {
  switch (layer) {
    case Layer::kPods: return "executors on the data";
    case Layer::kTasks: return "tasks on the right executor";
    case Layer::kReads: return "reads from the own node";
  }
  return "";
}

std::vector<std::string> ReasonsOf(const TemplateWishes& wishes) {
  std::vector<std::string> reasons;
  if (wishes.gate) {
    reasons.emplace_back(
        "schedulingGates: executors wait together for nodes with their data, and are planned together");
  }
  if (wishes.host_network) {
    reasons.emplace_back("hostNetwork: executors are called by their nodes' addresses, as workers are");
    reasons.emplace_back("dnsPolicy: without it names of services do not resolve on the node's network");
  }
  if (wishes.host_ip) {
    reasons.emplace_back("HOST_IP: the node's address; before Spark's own variables, which refer to it");
  }
  return reasons;
}

absl::StatusOr<SparkSettings> SettingsFor(const SparkOptions& options) {
  LOCUS_RETURN_IF_ERROR(Check(options));
  LOCUS_ASSIGN_OR_RETURN(const Duration wait, WaitOf(options));
  return Builder(options).Build(wait);
}

}  // namespace locus::ctl
