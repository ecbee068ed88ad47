#include "extender/cluster/group_table.h"

#include <utility>

namespace locus::extender {

Group* GroupTable::Join(std::string_view key, const NodeEntry* node) {
  auto found = groups_.find(key);
  if (found == groups_.end()) {
    auto made = std::make_unique<Group>();
    made->key = key;
    const std::string_view name = made->key;
    found = groups_.emplace(name, std::move(made)).first;
  }
  Group* const group = found->second.get();
  ++group->members;
  if (node != nullptr) ++group->by_node[node];
  return group;
}

void GroupTable::Leave(Group* group, const NodeEntry* node) {
  if (node != nullptr) {
    const auto place = group->by_node.find(node);
    if (--place->second == 0) group->by_node.erase(place);
  }
  if (--group->members == 0) groups_.erase(groups_.find(group->key));
}

const Group* GroupTable::Find(std::string_view key) const {
  const auto found = groups_.find(key);
  return found == groups_.end() ? nullptr : found->second.get();
}

}  // namespace locus::extender
