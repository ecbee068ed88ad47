// The workers that locus-meta knows, as those who call them need them.
#pragma once

#include <string>
#include <vector>

#include "locusctl/caches/load_plan.h"
#include "proto/locus/v1/locality.pb.h"

namespace locus::ctl {

// host:port, [v6]:port. Nodes' caches are dialled, not those of Alluxio workers that only the master tells of: these
// are left out. `port`: in place of the announced one; 0: that.
std::vector<LoadWorker> WorkersOf(const v1::ListWorkersResponse& response, uint32_t port);

}  // namespace locus::ctl
