// The checks of a command line that span more than CLI11 can see.
#pragma once

#include "absl/status/status.h"
#include "locusctl/command_line/command_line.h"
#include "locusctl/command_line/flags.h"

namespace locus::ctl {

// Fills what `invocation` still lacks. INVALID_ARGUMENT names the flag and what to write.
absl::Status FinishCommandLine(const RawFlags& raw, const Environment& environment, Invocation& invocation);

}  // namespace locus::ctl
