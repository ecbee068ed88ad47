// locusctl mounts: which under-store folder each part of the namespace shows.
#pragma once

#include <string>

#include "locusctl/locality_source.h"
#include "locusctl/output.h"

namespace locus::ctl {

// A row for each mount, by path; below it why some may be missing.
std::string RenderMounts(const v1::ListMountsResponse& response, const Style& style);

// One JSON document; see docs/locusctl-formats.md.
std::string MountsToJson(const v1::ListMountsResponse& response);

// Asks and prints. kNegative when there is no mount.
int RunMounts(LocalitySource& source, const Output& output);

}  // namespace locus::ctl
