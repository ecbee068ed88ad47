#include "extender/locality/name_index.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace locus::extender {

uint64_t HashName(std::string_view name) { return XXH3_64bits(name.data(), name.size()); }

}  // namespace locus::extender
