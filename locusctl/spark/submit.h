// locusctl submit: spark-submit with all that local pods, tasks and reads need.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "locusctl/output.h"
#include "locusctl/spark/spark_settings.h"

namespace locus::ctl {

struct SubmitOptions {
  SparkOptions spark;
  // Path of spark-submit; empty: SPARK_HOME/bin, else PATH.
  std::string spark_submit;
  // Print the command instead of running it.
  bool dry_run = false;
  // For spark-submit, as written behind "--".
  std::vector<std::string> arguments;
};

// What spark-submit itself looks at in the environment; empty: not set.
struct SparkEnvironment {
  std::string path;       // PATH
  std::string home;       // SPARK_HOME
  std::string conf_dir;   // SPARK_CONF_DIR
  std::string master;     // MASTER
  std::string temporary;  // TMPDIR
};

// Runs a command and gives its exit code; see RunChild.
using CommandRunner = std::function<absl::StatusOr<int>(const std::vector<std::string>&)>;

// The exit code of spark-submit; kUsage when it was not started: the error says why. The folder with the pod template
// lives as long as spark-submit: in client mode the driver reads it there, in cluster mode spark-submit ships it.
int RunSubmit(const SubmitOptions& options, const SparkEnvironment& environment, const CommandRunner& runner,
              const Output& output);

}  // namespace locus::ctl
