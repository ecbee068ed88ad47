// The verbs that call workers, or go on until the user ends them, put together: terminal, signals, servers.
#pragma once

#include <cstdint>

#include "common/clock.h"
#include "locusctl/command_line/command_line.h"
#include "locusctl/locality_source.h"
#include "locusctl/output.h"
#include "locusctl/servers/dialer.h"

namespace locus::ctl {

// Before any other thread is started: Ctrl-C has to reach this one, between two pictures. Exit codes of the verbs.
int RunLiveWatch(const Invocation& invocation, uint64_t seed, const Dialer& dialer, const Clock& clock,
                 const Output& output);
int RunLiveLoad(const Invocation& invocation, LocalitySource& meta, const Dialer& dialer, const Clock& clock,
                const Output& output);
int RunLiveTop(const Invocation& invocation, LocalitySource& meta, const Dialer& dialer, const Clock& clock,
               const Output& output);

// pin, unpin, evict: one call each, with no more to it.
int RunKeepCalls(const Invocation& invocation, LocalitySource& meta, const Dialer& dialer, const Output& output);

}  // namespace locus::ctl
