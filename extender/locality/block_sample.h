// Some blocks of an input and the nodes that hold them (SampleBlocks in proto/locus/v1/locality.proto).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace locus::extender {

// Immutable, shared between threads.
struct BlockSample {
  struct Block {
    uint64_t bytes = 0;
    // Of `holders`.
    uint32_t first = 0;
    uint32_t count = 0;
  };
  std::vector<std::string> nodes;
  // Without blocks that lie on no node.
  std::vector<Block> blocks;
  // Indices into `nodes`, ascending within a block.
  std::vector<uint32_t> holders;
};

}  // namespace locus::extender
