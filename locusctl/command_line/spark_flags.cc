#include "locusctl/command_line/spark_flags.h"

#include <CLI/CLI.hpp>

#include "common/status.h"
#include "common/units.h"
#include "locusctl/spark/input_list.h"

namespace locus::ctl {
namespace {

constexpr uint32_t kMaxExecutors = 10'000;
constexpr Duration kMaxLocalityWait = std::chrono::hours(1);
constexpr const char* kNoFront = "none";

}  // namespace

void AddSparkFlags(CLI::App& verb, RawSpark& raw, SparkOptions& options) {
  verb.add_option("--inputs", raw.inputs, "what the job reads, as of locality; separated by commas, or several times")
      ->required()
      ->allow_extra_args(false);
  CLI::Option* host = verb.add_flag("--host-network", raw.host_network, "executors use their nodes' addresses");
  verb.add_flag("--pod-network", raw.pod_network, "executors have addresses of their own (default)")->excludes(host);
  verb.add_option("--front", raw.front,
                  "HOST:PORT of locus-meta's front, as executors reach it, or none; env LOCUS_FRONT");
  verb.add_option("--policy", options.policy, "prefer, wait or require");
  verb.add_option("--max-wait", options.max_wait, "how long an executor waits at most with --policy wait, such as 45s");
  verb.add_option("--layout", options.layout, "spread or pack");
  verb.add_option("--share", options.share, "bytes that one executor reads, such as 4GiB; default: an equal part");
  verb.add_option("--executors", options.executors, "how many; with --dynamic: to begin with")
      ->check(CLI::Range(1u, kMaxExecutors));
  verb.add_flag("--dynamic", options.dynamic, "dynamic allocation: executors come and go with the work");
  verb.add_option("--scheduler", options.scheduler, "the scheduler that asks Locus")->capture_default_str();
  verb.add_option("--block-size", raw.block_size, "of the files that the job reads")->capture_default_str();
  verb.add_option("--locality-wait", raw.locality_wait, "how long a task waits for an executor that has its block")
      ->capture_default_str();
  verb.add_option("--driver-address", options.driver_address,
                  "where the front sees a driver outside of the cluster, behind address translation");
}

absl::Status FinishSpark(const RawSpark& raw, const std::string& environment_front, SparkOptions& options) {
  for (const std::string& list : raw.inputs) {
    for (std::string& input : SplitInputs(list)) options.inputs.push_back(std::move(input));
  }
  options.network = raw.host_network ? Network::kHost : Network::kPod;
  // On the nodes' network hosts match by themselves: the front only where it is asked for.
  options.front = raw.front.empty() && options.network == Network::kPod ? environment_front : raw.front;
  if (options.front.empty() && options.network == Network::kPod) {
    return InvalidArgument(
        "on a pod network Spark has to read through the front: name it with --front HOST:PORT or LOCUS_FRONT, such as "
        "locus-meta.locus.svc:19998; or write --front none for placement alone, or --host-network");
  }
  if (options.front == kNoFront) options.front.clear();
  const absl::StatusOr<uint64_t> block = ParseBytes(raw.block_size);
  if (!block.ok()) return Annotate(block.status(), "--block-size");
  options.block_bytes = *block;
  const absl::StatusOr<Duration> wait = ParseDuration(raw.locality_wait);
  if (!wait.ok()) return Annotate(wait.status(), "--locality-wait");
  if (*wait > kMaxLocalityWait) return InvalidArgument("--locality-wait: write 0s to 1h");
  options.locality_wait = *wait;
  // What the settings refuse is a matter of the command line too.
  return SettingsFor(options).status();
}

}  // namespace locus::ctl
