#include "cache_worker/store/eviction_by_name.h"

#include "cache_worker/store/lru.h"
#include "cache_worker/store/one_use_a_visit.h"
#include "cache_worker/store/sieve.h"
#include "cache_worker/store/tiny_lfu.h"

namespace locus::worker {

EvictionPolicyFactory EvictionByName(std::string_view name) {
  if (name == "sieve") return [] { return std::make_unique<OneUseAVisit>(std::make_unique<SievePolicy>()); };
  if (name == "tinylfu") return [] { return std::make_unique<OneUseAVisit>(std::make_unique<TinyLfuPolicy>()); };
  return [] { return std::make_unique<LruPolicy>(); };
}

}  // namespace locus::worker
