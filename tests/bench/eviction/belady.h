// The best that any eviction policy can do.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/eviction/trace.h"

namespace locus::bench {

struct HitRates {
  // Of 1.
  double requests = 0;
  double bytes = 0;
};

// Belady's MIN (1966) byte by byte: of all bytes those go that are read again last; what is not worth its place is not
// kept at all. Where all blocks are alike and the capacity is a number of them, that is the exact optimum of both
// rates. Where they are not, `bytes` is a bound that no policy passes, as parts of blocks may be kept, and `requests`
// counts whole blocks and bounds nothing.
HitRates BestPossible(const std::vector<Request>& requests, uint64_t capacity_bytes);

}  // namespace locus::bench
