// The nodes, and what pods take of each. Pure bookkeeping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"
#include "extender/cluster/amounts.h"
#include "extender/cluster/fits.h"
#include "extender/cluster/surroundings.h"
#include "kube/objects.h"

namespace locus::extender {

// One node: as the API server describes it, or only as the place of some pod.
class NodeEntry {
 public:
  explicit NodeEntry(std::string_view name) : name_(name) {}
  NodeEntry(const NodeEntry&) = delete;
  NodeEntry& operator=(const NodeEntry&) = delete;

  const std::string& name() const { return name_; }
  // Null: the API server has no such node.
  const NodeShape* shape() const { return shape_.get(); }

  // A pod takes room since `since`; what did so before `fresh_after` is not fresh any more.
  void Charge(const Requests& requests, SteadyTime since, SteadyTime fresh_after);
  // Undoes the Charge with the same requests and time.
  void Discharge(const Requests& requests, SteadyTime since);

  // Of shape(), which must be there. Charges later than `fresh_after` are fresh.
  NodeFacts Facts(SteadyTime fresh_after) const;
  // Pods that may run here and ask for so much find room, besides those charged. `own`: charged here, and does not
  // count; may be null.
  uint32_t RoomFor(const kube::PodConstraints& constraints, const Requests& requests, const Requests* own) const;

 private:
  friend class NodeTable;
  struct FreshCpu {
    SteadyTime since;
    int64_t milli = 0;
  };

  const std::string name_;
  std::unique_ptr<const NodeShape> shape_;
  std::string zone_;
  // Of the table of zones that was made last.
  std::optional<uint32_t> zone_number_;
  RequestSum requested_;
  // Some of them may be past their time: who charges next drops those.
  std::vector<FreshCpu> fresh_;
  // Pods that name it.
  size_t references_ = 0;
  uint32_t mark_ = 0;
};

// Not thread-safe. Entries stay where they are as long as they are known or referred to.
class NodeTable {
 public:
  explicit NodeTable(size_t max_nodes) : max_nodes_(max_nodes) {}

  enum class Put { kSame, kChanged, kFull };
  // Of the API server. kFull: the node is not known.
  Put PutNode(const kube::Node& node, uint32_t mark);
  // True when it was known. Pods that are there keep the entry.
  bool Remove(std::string_view name);
  // Removes all nodes but those put with `mark`; how many.
  size_t Sweep(uint32_t mark);

  // Null: neither known nor referred to.
  const NodeEntry* Find(std::string_view name) const;
  // For a pod that is on the node; each is to be released.
  NodeEntry* Acquire(std::string_view name);
  void Release(NodeEntry* node);

  // All known ones, by name.
  std::vector<const NodeEntry*> Known() const;
  size_t known() const { return known_; }
  // Made anew when some node has changed its zone; Facts tell numbers of the last one made.
  std::shared_ptr<const ZoneTable> Zones();

 private:
  NodeEntry* FindOrMake(std::string_view name);
  void Forget(NodeEntry* node);
  void DropIfUnused(NodeEntry* node);

  const size_t max_nodes_;
  // The keys are texts of the entries.
  absl::flat_hash_map<std::string_view, std::unique_ptr<NodeEntry>> nodes_;
  size_t known_ = 0;
  // Null: to be made.
  std::shared_ptr<const ZoneTable> zones_;
};

}  // namespace locus::extender
