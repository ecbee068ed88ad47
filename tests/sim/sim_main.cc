// sim: reads worlds from standard input, one in a line, and writes where their executors go, one answer in a line.
//
// {"strategy": "locus" | "gate" | "stock" | "most_bytes", "world": {...}} -> {"nodes": [position of each executor's
// node]}
//
// locus: the production verbs, bodies and all, under a scheduler double that adds the scheduler's own scores, breaks
// ties by chance, and lets the extender see a binding only some decisions later. gate: the production planner of gated
// pods. stock: the scheduler double alone. most_bytes: the highest number of cached bytes first, as a naive extender
// would.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/sim/scheduler.h"
#include "tests/sim/world.h"

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const nlohmann::json question = nlohmann::json::parse(line);
    const locus::sim::World world = locus::sim::ReadWorld(question.at("world"));
    const std::string strategy = question.at("strategy");
    nlohmann::json answer;
    answer["nodes"] = locus::sim::Run(world, strategy);
    std::cout << answer.dump() << std::endl;
  }
  return 0;
}
