#include "cache_worker/store_config.h"

#include "cache_worker/config.h"
#include "common/units.h"

namespace locus::worker {

std::vector<std::string> CheckStoreRules(const config::v1::Worker::Store& store) {
  std::vector<std::string> problems;
  if (store.low_watermark() > store.high_watermark()) {
    problems.push_back(
        "store.low_watermark: is above store.high_watermark: set both, the lower one not above the other");
  }
  uint64_t quota = 0;
  for (const auto& tier : store.tiers()) quota += tier.quota();
  if (store.max_pinned() > quota) {
    problems.push_back("store.max_pinned: is more than all of store.tiers hold, which is " + FormatBytes(quota));
  }
  return problems;
}

void SetStoreRules(const config::v1::Worker::Store& store, BlockStoreOptions& options) {
  options.tiers.promote_after = store.promote_after();
  options.tiers.demote = store.demote();
  options.tiers.high_watermark = store.high_watermark();
  options.tiers.low_watermark = store.low_watermark();
  options.keep_free = store.keep_free();
  options.folder_retry = ToDuration(store.folder_retry());
  options.max_pinned = store.max_pinned();
}

}  // namespace locus::worker
