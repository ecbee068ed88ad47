// The outcome of a decision in words.
#pragma once

#include <string>

#include "locusctl/decision.h"
#include "locusctl/table.h"

namespace locus::ctl {

// One or two sentences: what was decided, why, and what to check where something is wrong. Safe for a terminal.
std::string OutcomeSentence(const Decision& decision);

// "scored", "abstained: no_gain": for a table. Safe for a terminal.
std::string OutcomeWord(const Decision& decision);

Ink OutcomeInk(const Decision& decision);

}  // namespace locus::ctl
