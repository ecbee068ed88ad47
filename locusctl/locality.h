// locusctl locality URI...: where the cached bytes of inputs are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "locusctl/locality_source.h"
#include "locusctl/output.h"

namespace locus::ctl {

// For each input a line of totals and a table with a row for each holder, most bytes first.
std::string RenderLocality(const v1::GetLocalityResponse& response, const Style& style);

// The stable form of --json, see docs/locusctl.md.
std::string LocalityToJson(const v1::GetLocalityResponse& response);

// Asks and prints. kNegative when any input is not known (yet).
int RunLocality(const std::vector<std::string>& inputs, LocalitySource& source, const Output& output);

}  // namespace locus::ctl
