// locusctl pin, unpin and evict URI: whether a file or folder stays in the caches.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "locusctl/caches/keep_report.h"
#include "locusctl/caches/worker_calls.h"
#include "locusctl/locality_source.h"
#include "locusctl/output.h"

namespace locus::ctl {

struct KeepOptions {
  KeepVerb verb = KeepVerb::kPin;
  std::string uri;
  // Nodes or addresses; empty: all workers with a cache of their own, those that locus-meta holds for lost included.
  std::vector<std::string> nodes;
  // As of LoadOptions.
  uint32_t port = 0;
};

// kOk: all of them have done it. kNegative: some have not, or all refuse. kUsage: they call the path malformed. As
// other verbs when locus-meta is not reached; kUnreachable also when no worker is.
int RunKeep(const KeepOptions& options, LocalitySource& meta, WorkerCalls& workers, const Output& output);

}  // namespace locus::ctl
