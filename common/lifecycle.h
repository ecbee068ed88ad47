// From the first signal to an orderly end.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace locus {

// Blocks SIGTERM and SIGINT in this thread and those it starts. Call it first in main, before any thread exists: then
// WaitForStopSignal is the only place where they arrive, and no handler runs in a random thread.
void BlockStopSignals();

// Waits for SIGTERM or SIGINT and returns its number.
int WaitForStopSignal();

// Whether one of them has come since it was asked last; does not wait.
bool StopSignalCame();

// Writes the port as decimal text, whole or not at all (temporary file, rename). Empty path: does nothing.
absl::Status WritePortFile(const std::string& path, int port);

}  // namespace locus
