// A cluster on paper: nodes, blocks and executors of one application, read from a line of JSON.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "extender/locality/locality_view.h"

namespace locus::sim {

struct Node {
  std::string name;
  std::string zone;
  int64_t cpu_milli = 0;
  int64_t used_milli = 0;
  double load = 0;
};

struct Copy {
  size_t node = 0;
  size_t tier = 0;
};

struct Block {
  uint64_t bytes = 0;
  std::vector<Copy> copies;
};

struct World {
  uint64_t seed = 0;
  std::vector<Node> nodes;
  std::vector<Block> blocks;
  size_t executors = 0;
  int64_t executor_milli = 1000;
  // All there from the start; false: each comes when the one before is bound.
  bool burst = true;
  // Decisions that are made before the extender sees a binding.
  size_t watch_lag = 0;
  bool pack = false;
  // Blocks of which a sample is known, at most; 0: no sample.
  size_t sample_blocks = 4096;
  // Executors on these nodes die when this many have been placed, and are placed again; the nodes are gone.
  struct Loss {
    size_t after = 0;
    size_t node = 0;
  };
  std::vector<Loss> losses;
};

// Throws nlohmann::json::exception for what is no world.
World ReadWorld(const nlohmann::json& json);

// What locus-meta would say of it, without the nodes in `lost`.
class WorldLocality final : public extender::LocalityView {
 public:
  WorldLocality(const World& world, const std::vector<bool>& lost);

  extender::LocalityAnswer Look(const std::vector<std::string>& inputs, Duration budget) override;
  extender::LocalityNews News() const override { return {.connected = true, .heard = true}; }
  extender::FollowedInputs Followed() const override { return {1, {picture_}, loads_}; }

 private:
  std::shared_ptr<const extender::InputPicture> picture_;
  std::shared_ptr<const extender::BlockSample> sample_;
  std::shared_ptr<const extender::NodeLoads> loads_;
};

inline constexpr const char* kInput = "/sim/input";

}  // namespace locus::sim
