// Where no API server is configured.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "extender/cluster/cluster_view.h"

namespace locus::extender {

// Knows nothing, never synced. Thread-safe.
class NoCluster final : public ClusterView {
 public:
  bool Synced() const override { return false; }
  std::optional<Duration> Age() const override { return std::nullopt; }
  std::optional<OwnedAnnotations> DriverAnnotations(std::string_view, std::string_view,
                                                    const std::vector<std::string_view>&) const override {
    return std::nullopt;
  }
  Surroundings Look(const PodRef&, const GroupKey&, const std::vector<std::string_view>&) const override { return {}; }
  std::shared_ptr<const ZoneTable> Zones() const override { return std::make_shared<const ZoneTable>(); }
  void Assume(const PodRef&, const GroupKey&, std::string_view) override {}
  std::vector<PendingPod> Pending(size_t) const override { return {}; }
  bool IsPending(std::string_view) const override { return false; }
  std::vector<uint32_t> Room(std::string_view, const std::vector<std::string_view>& nodes) const override {
    return std::vector<uint32_t>(nodes.size());
  }
  std::vector<NodeRoom> RoomFor(int64_t, int64_t) const override { return {}; }
  std::vector<Bound> TakeBound() override { return {}; }
};

}  // namespace locus::extender
