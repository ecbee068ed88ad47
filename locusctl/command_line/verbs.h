// The verbs and their flags: the one description that parsing, help, completion and manual are made from.
#pragma once

#include <CLI/CLI.hpp>

#include "locusctl/command_line/command_line.h"
#include "locusctl/command_line/flags.h"

namespace locus::ctl {

// Those that print something of the program itself.
inline constexpr const char* kCompletionVerb = "completion";
inline constexpr const char* kManualVerb = "man";

// Describes the whole command line; parsing `app` fills the other two. All must outlive it.
void DescribeCommandLine(CLI::App& app, RawFlags& raw, Invocation& invocation);

}  // namespace locus::ctl
