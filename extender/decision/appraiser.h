// What each node is worth to the next member of a group. Pure; one object for one decision or one plan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "extender/cluster/surroundings.h"
#include "extender/decision/annotations.h"
#include "extender/decision/coverage.h"
#include "extender/decision/holdings.h"
#include "extender/decision/score.h"

namespace locus::extender {

// All that it points to must outlive the appraiser.
struct Scene {
  const Holdings* holdings = nullptr;
  const NodeLoads* loads = nullptr;
  // `nodes` beside Holdings::nodes, or empty. Null: nothing is known of the cluster.
  const Surroundings* around = nullptr;
  uint64_t share_bytes = 0;
  Layout layout = Layout::kSpread;
};

// Bytes that one pod reads: as annotated, else an equal part of the input for each member.
uint64_t ShareOf(std::optional<uint64_t> annotated, uint64_t length_bytes, size_t group_size);

class Appraiser {
 public:
  // The members in Scene::around are placed already.
  Appraiser(const Scene& scene, const ScoringParameters& parameters);

  // One more member is on node `node` (position in Holdings::nodes).
  void Place(size_t node);

  // Reads what there is to be read, so that copies of this need not. True: what one member takes may be gone elsewhere.
  bool Prepare() { return spread_.Prepare(); }

  // For a member that has no node yet. With Layout::kPack the value of a node without members is scaled: by how much of
  // what the nodes in use do not hold lies there, against the best such node, and to a half at most once any is in use.
  NodeScore Appraise(size_t node) const;
  // Of the node's bytes, what other members leave.
  TierBytes Left(size_t node) const { return spread_.Left(node); }
  // A node with no byte of the input in `zone`; of no use unless zones matter.
  NodeScore AppraiseStranger(std::optional<uint32_t> zone) const;

  bool zoned() const { return !near_.empty(); }
  // As told; empty: unknown, and the median of the holders' known loads counts (0 when none is known).
  std::optional<double> Reported(size_t node) const { return reported_[node]; }
  const NodeFacts* Facts(size_t node) const;

 private:
  void FindNear();
  void PlaceSiblings();
  const ZoneTable* Zones() const { return scene_.around != nullptr ? scene_.around->zones.get() : nullptr; }
  double Load(size_t node) const;
  Remote RemoteOf(std::optional<uint32_t> zone) const;
  void FindMostLeft();

  const Scene scene_;
  const ScoringParameters parameters_;
  Coverage spread_;
  // What the nodes in use do not hold; for kPack.
  Coverage whole_;
  std::vector<bool> used_;
  bool any_used_ = false;
  // Of whole_, over the nodes that are not in use.
  uint64_t most_left_ = 0;
  std::vector<std::optional<double>> reported_;
  double median_ = 0;
  // By zone: the part of the input that lies in it. Empty: zones do not matter.
  std::vector<double> near_;
};

}  // namespace locus::extender
