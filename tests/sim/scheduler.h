// Places the executors of a world, one strategy after another.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/world.h"

namespace locus::sim {

// Where each executor ends, as a position in World::nodes; -1: nowhere, as no node had room. Throws std::runtime_error
// for an unknown strategy.
std::vector<int> Run(const World& world, const std::string& strategy);

}  // namespace locus::sim
