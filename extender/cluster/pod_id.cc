#include "extender/cluster/pod_id.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace locus::extender {

PodId PodIdOf(std::string_view uid) {
  const XXH128_hash_t hash = XXH3_128bits(uid.data(), uid.size());
  return {hash.high64, hash.low64};
}

}  // namespace locus::extender
