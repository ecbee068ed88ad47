// How many live pods each group has, and how many of them on which node. Pure bookkeeping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "extender/cluster/node_table.h"
#include "extender/cluster/surroundings.h"

namespace locus::extender {

struct Group {
  GroupKey key;
  size_t members = 0;
  // Members with a node. An application of 1,000 pods is as many numbers as it has nodes.
  absl::flat_hash_map<const NodeEntry*, uint32_t> by_node;
  // The annotations of a member, for others that have the same; may be null.
  std::shared_ptr<const OwnedAnnotations> usual;
};

// Not thread-safe. A group is there as long as it has members; it stays where it is.
class GroupTable {
 public:
  // A pod becomes a member; `node`: where it is, or null.
  Group* Join(std::string_view key, const NodeEntry* node);
  // Undoes a Join with the same node.
  void Leave(Group* group, const NodeEntry* node);
  // Null: no such group.
  const Group* Find(std::string_view key) const;
  size_t size() const { return groups_.size(); }

 private:
  // The keys are texts of the groups.
  absl::flat_hash_map<std::string_view, std::unique_ptr<Group>> groups_;
};

}  // namespace locus::extender
