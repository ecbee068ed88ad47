// The flags of the verbs for Spark; part of the command line.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "locusctl/spark/spark_settings.h"

namespace CLI {
class App;
}

namespace locus::ctl {

// The texts as CLI11 fills them, before they are checked.
struct RawSpark {
  std::vector<std::string> inputs;
  bool host_network = false;
  bool pod_network = false;
  std::string front;
  std::string block_size = "64MiB";
  std::string locality_wait = "10s";
};

// The flags that spark-conf and submit share. `raw` and `options` must outlive `verb`.
void AddSparkFlags(CLI::App& verb, RawSpark& raw, SparkOptions& options);

// `environment_front`: LOCUS_FRONT. INVALID_ARGUMENT names the flag and what to write.
absl::Status FinishSpark(const RawSpark& raw, const std::string& environment_front, SparkOptions& options);

}  // namespace locus::ctl
