// Asks the central parts how they are.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "locusctl/decision_source.h"
#include "locusctl/installation/facts.h"
#include "locusctl/locality_source.h"

namespace locus::ctl {

// Each with a connection of its own: they are asked side by side.
struct InstallationSources {
  std::vector<std::unique_ptr<DecisionSource>> extenders;
  std::vector<std::unique_ptr<LocalitySource>> metas;
};

// What keeps one from answering stands in its facts.
InstallationFacts AskInstallation(const InstallationSources& sources);

ExtenderFacts AskExtender(DecisionSource& source);
MetaFacts AskMeta(LocalitySource& source);

// Of GET /v1/overview. INVALID_ARGUMENT: it is something else.
absl::StatusOr<ExtenderFacts> ParseOverview(const std::string& body);

}  // namespace locus::ctl
