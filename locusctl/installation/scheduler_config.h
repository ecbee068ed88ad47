// kube-scheduler's configuration, https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/.
#pragma once

#include <optional>
#include <string>

#include "locusctl/installation/kube_facts.h"

namespace locus::ctl {

// Empty: `yaml` is something else. What is a KubeSchedulerConfiguration and cannot be read has a problem. `where` is
// taken over.
std::optional<SchedulerConfig> ParseSchedulerConfig(const std::string& yaml, std::string where);

}  // namespace locus::ctl
