#include "common/memory.h"

#include <malloc.h>

#include <algorithm>
#include <climits>

namespace locus {

void KeepFreedMemory(size_t bytes) {
#if defined(__GLIBC__)
  const int kept = static_cast<int>(std::min<size_t>(bytes, INT_MAX));
  mallopt(M_TRIM_THRESHOLD, kept);
  // Above this size each buffer is mapped and unmapped alone; glibc's own upper bound is 32 MiB.
  mallopt(M_MMAP_THRESHOLD, std::min(kept, 32 << 20));
#else
  static_cast<void>(bytes);
#endif
}

}  // namespace locus
