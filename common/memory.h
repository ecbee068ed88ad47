// How the process' allocator treats large buffers that come and go.
#pragma once

#include <cstddef>

namespace locus {

// Keeps up to `bytes` of freed memory for reuse instead of returning it to the kernel each time. A server that
// allocates buffers of some hundred kilobytes for each request can spend a large part of its time in page faults
// otherwise. Call it once, first in main. glibc only (mallopt(3)); elsewhere it does nothing.
void KeepFreedMemory(size_t bytes);

}  // namespace locus
