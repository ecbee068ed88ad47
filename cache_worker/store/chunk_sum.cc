#include "cache_worker/store/chunk_sum.h"

#include <xxhash.h>
// Replaces the functions by ones that look at the processor first; the library has them on x86 alone.
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif

namespace locus::worker {

uint64_t ChunkSum(std::string_view chunk) { return XXH3_64bits(chunk.data(), chunk.size()); }

}  // namespace locus::worker
