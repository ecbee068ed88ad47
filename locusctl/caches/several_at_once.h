// Calls to many workers, some at a time.
#pragma once

#include <cstddef>
#include <functional>

namespace locus::ctl {

inline constexpr size_t kCallsAtOnce = 16;

// Calls `call` with each number below `count`, on up to kCallsAtOnce threads of its own; returns when all have
// returned.
void SeveralAtOnce(size_t count, const std::function<void(size_t)>& call);

}  // namespace locus::ctl
