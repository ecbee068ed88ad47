// What an extender takes from the process that it runs in.
#pragma once

#include "extender/cluster_side.h"
#include "extender/secured.h"

namespace locus::extender {

// Environment variables, the machine's name, a seed from the machine.
ClusterSideEnvironment ReadEnvironment(const Secured& secured);

}  // namespace locus::extender
