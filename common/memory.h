// How the process' allocator treats large buffers that come and go.
#pragma once

#include <cstddef>

namespace locus {

// Keeps up to `bytes` of freed memory for reuse instead of returning it to the kernel each time. A server whose
// requests and answers are some hundred kilobytes spends half of its time in page faults otherwise (measured:
// docs/performance.md). Call it once, first in main. glibc only (mallopt(3)); elsewhere it does nothing.
void KeepFreedMemory(size_t bytes);

}  // namespace locus
