// The settings of moves, free space and pins.
#pragma once

#include <string>
#include <vector>

#include "cache_worker/store/block_store.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

// Problems between the fields, one text each, with the field's path. Pure.
std::vector<std::string> CheckStoreRules(const config::v1::Worker::Store& store);

void SetStoreRules(const config::v1::Worker::Store& store, BlockStoreOptions& options);

}  // namespace locus::worker
