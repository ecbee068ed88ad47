// Runs a program in the place of this one, which only waits.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace locus::ctl {

// Runs `command` (its first word is the program's path) with this process' standard streams, and gives its exit code as
// a shell would: 128 + the number of the signal that ended it. SIGINT, SIGTERM, SIGHUP and SIGQUIT that are sent to
// this process are passed on; those from the terminal reach both already. They and SIGCHLD stay blocked afterwards, so
// that the caller can clean up. Call it before other threads are started. Fails when the program cannot be started.
absl::StatusOr<int> RunChild(const std::vector<std::string>& command);

}  // namespace locus::ctl
