// locusctl locality URI...: where the cached bytes of inputs are.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "locusctl/locality_source.h"
#include "locusctl/output.h"

namespace locus::ctl {

// For each input a line of totals and a table with a row for each holder, most bytes first; of holders beyond
// `max_holders` only the number.
std::string RenderLocality(const v1::GetLocalityResponse& response, const Style& style,
                           size_t max_holders = std::numeric_limits<size_t>::max());

// One input of the document below.
nlohmann::ordered_json InputJson(const v1::InputLocality& input);

// The stable form of --json, see docs/locusctl-formats.md.
std::string LocalityToJson(const v1::GetLocalityResponse& response);

// Asks and prints. kNegative when any input is not known (yet).
int RunLocality(const std::vector<std::string>& inputs, LocalitySource& source, const Output& output);

}  // namespace locus::ctl
