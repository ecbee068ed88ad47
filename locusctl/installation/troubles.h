// What of an installation is not well, and the next step for each.
#pragma once

#include <string>
#include <vector>

#include "locusctl/installation/facts.h"

namespace locus::ctl {

struct Trouble {
  // extender, meta, workers or gate.
  std::string part;
  std::string what;
  // For people; empty: not known.
  std::string since;
  std::string next;
};

// The worst first; empty: all is well.
std::vector<Trouble> TroublesOf(const InstallationFacts& facts);

// What to do about a degraded state of the extender.
std::string AdviceFor(const DegradedFact& degraded);

}  // namespace locus::ctl
