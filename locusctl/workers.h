// locusctl workers: every cache worker that locus-meta knows.
#pragma once

#include <string>

#include "locusctl/locality_source.h"
#include "locusctl/output.h"

namespace locus::ctl {

// A row for each worker, and one more for each further tier; live ones first, then by node and address.
std::string RenderWorkers(const v1::ListWorkersResponse& response, const Style& style);

// The stable form of --json, see docs/locusctl-formats.md.
std::string WorkersToJson(const v1::ListWorkersResponse& response);

// Asks and prints. kNegative when there is no worker.
int RunWorkers(LocalitySource& source, const Output& output);

}  // namespace locus::ctl
