// An eviction policy beside a naive model of it: the same random calls, the same answers wanted.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "cache_worker/store/eviction.h"

namespace locus::worker {

class PolicyTwins {
 public:
  // At most `room` blocks at once, of three times as many that are asked for.
  PolicyTwins(std::unique_ptr<EvictionPolicy> policy, std::unique_ptr<EvictionPolicy> model, int room, uint64_t seed)
      : policy_(std::move(policy)), model_(std::move(model)), room_(room), random_(seed) {}

  void Step() {
    const int what = Pick(20);
    if (what < 15) {
      Read(AnyKey());
    } else if (what == 15 && !known_.empty()) {
      Remove(known_[static_cast<size_t>(Pick(static_cast<int>(known_.size())))]);
    } else {
      CompareSparing(Pick(6));
    }
    Compare(NoneSpared);
  }

 private:
  int Pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  // Half of all calls go to a tenth of the blocks.
  BlockKey AnyKey() { return {1, static_cast<uint32_t>(Pick(2) == 0 ? Pick(room_ * 3 / 10 + 1) : Pick(room_ * 3))}; }
  bool Known(const BlockKey& key) const { return std::find(known_.begin(), known_.end(), key) != known_.end(); }

  void Read(const BlockKey& key) {
    policy_->Asked(key);
    model_->Asked(key);
    if (Known(key)) return;
    if (static_cast<int>(known_.size()) >= room_) {
      // Sometimes more than one goes, as for watermarks and for a larger block.
      for (int n = Pick(8) == 0 ? 3 : 1; n > 0 && !known_.empty(); --n) Remove(Compare(NoneSpared).value());
    }
    policy_->Added(key);
    model_->Added(key);
    known_.push_back(key);
  }
  void Remove(const BlockKey& key) {
    policy_->Removed(key);
    model_->Removed(key);
    known_.erase(std::remove(known_.begin(), known_.end(), key), known_.end());
  }
  // Spares about `sixths` sixths of the blocks.
  void CompareSparing(int sixths) {
    std::set<uint32_t> spared;
    for (const BlockKey& key : known_) {
      if (Pick(6) < sixths) spared.insert(key.index);
    }
    Compare([&](const BlockKey& key) { return spared.count(key.index) != 0; });
  }
  std::optional<BlockKey> Compare(Spared spared) {
    const std::optional<BlockKey> victim = policy_->Victim(spared);
    const std::optional<BlockKey> expected = model_->Victim(spared);
    INFO("victim " << (victim ? static_cast<int>(victim->index) : -1) << ", the model's "
                   << (expected ? static_cast<int>(expected->index) : -1));
    REQUIRE(victim == expected);
    // Asking changes nothing.
    CHECK(policy_->Victim(spared) == victim);
    CHECK(victim.has_value() ==
          std::any_of(known_.begin(), known_.end(), [&](const BlockKey& k) { return !spared(k); }));
    if (victim) CHECK((Known(*victim) && !spared(*victim)));
    return victim;
  }

  const std::unique_ptr<EvictionPolicy> policy_;
  const std::unique_ptr<EvictionPolicy> model_;
  const int room_;
  std::mt19937_64 random_;
  std::vector<BlockKey> known_;
};

// Several sizes and seeds, and one seed that nobody has chosen.
template <typename Policy, typename Model>
void CompareWithModel() {
  std::vector<uint64_t> seeds = {1, 2, 3, std::random_device{}()};
  for (const uint64_t seed : seeds) {
    for (const int room : {1, 2, 7, 30, 250}) {
      INFO("seed " << seed << " room " << room);
      PolicyTwins twins(std::make_unique<Policy>(), std::make_unique<Model>(), room, seed);
      for (int step = 0; step < 1500; ++step) {
        INFO("step " << step);
        twins.Step();
      }
    }
  }
}

}  // namespace locus::worker
