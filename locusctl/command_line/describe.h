// The command line as values, for those who write about it.
#pragma once

#include "locusctl/completion/command_description.h"

namespace CLI {
class App;
}

namespace locus::ctl {

// Flags for help are left out.
CommandDescription Describe(const CLI::App& app);

}  // namespace locus::ctl
