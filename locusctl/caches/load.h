// locusctl load URI: brings a file or folder into the caches, before somebody reads it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "locusctl/caches/worker_calls.h"
#include "locusctl/live_world.h"
#include "locusctl/locality_source.h"
#include "locusctl/output.h"
#include "proto/locus/v1/types.pb.h"

namespace locus::ctl {

struct LoadOptions {
  std::string uri;
  // Nodes or addresses; empty: all live workers.
  std::vector<std::string> nodes;
  uint32_t replicas = 1;
  // Of the under-store, by all nodes together; 0: no bound.
  uint64_t bytes_per_second = 0;
  v1::Tier tier = v1::TIER_UNSPECIFIED;
  bool pin = false;
  // Only the summary.
  bool quiet = false;
  // Redraws in place instead of writing a line now and then.
  bool live = false;
  // Of the workers' CacheService, where it is another than the announced one; 0: that.
  uint32_t port = 0;
};

// kOk: all of it is cached. kNegative: not all of it, or the user stopped it: what is cached stays. As other verbs when
// locus-meta is not reached; kUnreachable also when no worker is.
int RunLoad(const LoadOptions& options, LocalitySource& meta, WorkerCalls& workers, const LiveWorld& world,
            const Output& output);

}  // namespace locus::ctl
