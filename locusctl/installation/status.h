// locusctl status: the whole installation on one screen.
#pragma once

#include <string>

#include "locusctl/installation/ask.h"
#include "locusctl/installation/facts.h"
#include "locusctl/output.h"

namespace locus::ctl {

// Safe for a terminal.
std::string RenderStatus(const InstallationFacts& facts, const Style& style);
std::string StatusToJson(const InstallationFacts& facts);

// kOk when all is well, kNegative when something is not; also when nothing was reached, as that is what was asked.
int RunStatus(const InstallationSources& sources, const Output& output);

}  // namespace locus::ctl
