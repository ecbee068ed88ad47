// One verb, put together with the servers that it asks.
#pragma once

#include <cstdint>

#include "common/clock.h"
#include "locusctl/command_line/command_line.h"
#include "locusctl/output.h"

namespace locus::ctl {

// Runs what was asked for; gives the exit code. Before any other thread is started. `seed`: of pauses between tries.
int RunVerb(const Invocation& invocation, const Environment& environment, uint64_t seed, const Clock& clock,
            const Output& output);

}  // namespace locus::ctl
