#include "cache_worker/store/chunk_check.h"

#include "cache_worker/store/chunk_sum.h"

namespace locus::worker {

void ChunkCheck::Run() {
  State expected = State::kNew;
  if (!state_.compare_exchange_strong(expected, State::kBegun)) return;
  state_ = ChunkSum(bytes_) == sum_ ? State::kMatches : State::kDiffers;
  state_.notify_all();
}

bool ChunkCheck::Matches() {
  Run();
  state_.wait(State::kBegun);
  return state_ == State::kMatches;
}

}  // namespace locus::worker
