#include "cache_worker/store/read_ahead.h"

#include <utility>

namespace locus::worker {

ReadAhead::ReadAhead(WorkQueue& queue, Ensure ensure) : queue_(queue), ensure_(std::move(ensure)) {}

ReadAhead::~ReadAhead() { state_->cancelled = true; }

void ReadAhead::Begin(uint64_t block) {
  static_cast<void>(queue_.Add([state = state_, ensure = ensure_, block] {
    if (state->cancelled) return;
    const absl::StatusOr<bool> fetched = ensure(block, [&state] { return state->cancelled.load(); });
    if (fetched.ok() && *fetched) state->fetched_end = block + 1;
  }));
}

bool ReadAhead::Fetched(uint64_t block) const { return state_->fetched_end == block + 1; }

}  // namespace locus::worker
