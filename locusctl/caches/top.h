// locusctl workers --top: what each worker does now, again and again.
#pragma once

#include "locusctl/caches/worker_calls.h"
#include "locusctl/live_world.h"
#include "locusctl/locality_source.h"
#include "locusctl/output.h"

namespace locus::ctl {

struct TopOptions {
  bool wanted = false;
  // One picture, of one interval, then the end.
  bool once = false;
  Duration interval = std::chrono::seconds(2);
  // As of LoadOptions.
  uint32_t port = 0;
  // Redraws in place; else `once`.
  bool live = false;
};

// Until the user ends it: kOk. As other verbs when locus-meta is not reached for the first picture; kNegative when it
// knows no worker. Later on it shows what is wrong and goes on.
int RunTop(const TopOptions& options, LocalitySource& meta, WorkerCalls& calls, const LiveWorld& world,
           const Output& output);

}  // namespace locus::ctl
