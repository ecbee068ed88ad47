#include "cache_worker/store/read_ahead.h"

#include <utility>

namespace locus::worker {

ReadAhead::ReadAhead(WorkQueue& queue, Ensure ensure) : queue_(queue), ensure_(std::move(ensure)) {}

ReadAhead::~ReadAhead() { state_->cancelled = true; }

void ReadAhead::Begin(uint64_t block) {
  static_cast<void>(queue_.Add([state = state_, ensure = ensure_, block] {
    if (state->cancelled) return;
    state->fetching_end = block + 1;
    const absl::StatusOr<bool> fetched = ensure(block, [&state] { return state->cancelled.load(); });
    if (fetched.ok() && *fetched) state->fetched_end = block + 1;
    state->fetching_end = 0;
  }));
}

bool ReadAhead::Fetched(uint64_t block) const {
  // In this order: what is no longer being fetched has been noted as fetched before.
  return state_->fetching_end == block + 1 || state_->fetched_end == block + 1;
}

}  // namespace locus::worker
