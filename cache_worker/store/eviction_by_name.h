// The policies that store.eviction can name.
#pragma once

#include <string_view>

#include "cache_worker/store/eviction.h"

namespace locus::worker {

inline constexpr std::string_view kEvictionNames[] = {"lru", "sieve", "tinylfu"};

// Those that count uses stand behind OneUseAVisit. For any other name, which the schema does not admit: lru.
EvictionPolicyFactory EvictionByName(std::string_view name);

}  // namespace locus::worker
