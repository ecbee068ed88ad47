// Asks the API server about an installation.
#pragma once

#include <string>

#include "common/clock.h"
#include "kube/asker.h"
#include "locusctl/installation/kube_facts.h"

namespace locus::ctl {

struct KubeQuestions {
  // Where Locus is installed.
  std::string space;
  // The scheduler that asks Locus.
  std::string scheduler;
};

// What may not be read, or not in time, stands in the facts. `now` is what ages count from.
KubeFacts AskKube(kube::Asker& asker, const KubeQuestions& questions, WallTime now);

}  // namespace locus::ctl
