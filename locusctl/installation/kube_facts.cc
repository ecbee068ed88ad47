#include "locusctl/installation/kube_facts.h"

#include <algorithm>

namespace locus::ctl {

bool Runs(const PodFact& pod, std::string_view program) {
  return std::any_of(pod.parts.begin(), pod.parts.end(), [&](const PodPart& part) { return part.program == program; });
}

}  // namespace locus::ctl
