// The workers that locus-meta knows, and what they call a file, as those who call them need them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "locusctl/caches/load_plan.h"
#include "locusctl/locality_source.h"
#include "locusctl/output.h"
#include "proto/locus/v1/locality.pb.h"

namespace locus::ctl {

// host:port, [v6]:port. Nodes' caches are dialled, not those of Alluxio workers that only the master tells of: these
// are left out. `port`: in place of the announced one; 0: that.
std::vector<LoadWorker> WorkersOf(const v1::ListWorkersResponse& response, uint32_t port);

// LoadPath with the mounts that locus-meta names, which is asked only where they matter. Errors: those of both.
absl::StatusOr<std::string> PathOnWorkers(const std::string& uri, LocalitySource& meta);

// When that fails: says so, and gives the exit code. `verb`: as the user writes it.
int PathFailed(const Output& output, const absl::Status& status, const std::string& verb, const std::string& meta);

}  // namespace locus::ctl
