#include "extender/cluster/node_table.h"

#include <algorithm>
#include <utility>

namespace locus::extender {
namespace {

constexpr const char* kZoneLabel = "topology.kubernetes.io/zone";

}  // namespace

void NodeEntry::Charge(const Requests& requests, SteadyTime since, SteadyTime fresh_after) {
  requested_.Add(requests);
  std::erase_if(fresh_, [fresh_after](const FreshCpu& cpu) { return cpu.since <= fresh_after; });
  if (requests.cpu_milli() > 0 && since > fresh_after) fresh_.push_back({since, requests.cpu_milli()});
  // Of a node that took many pods at once long ago.
  if (fresh_.empty()) fresh_.shrink_to_fit();
}

void NodeEntry::Discharge(const Requests& requests, SteadyTime since) {
  requested_.Remove(requests);
  // Pods that came at one time with the same request are as good as each other.
  const auto place = std::find_if(fresh_.begin(), fresh_.end(), [&requests, since](const FreshCpu& cpu) {
    return cpu.since == since && cpu.milli == requests.cpu_milli();
  });
  if (place == fresh_.end()) return;
  *place = fresh_.back();
  fresh_.pop_back();
}

NodeFacts NodeEntry::Facts(SteadyTime fresh_after) const {
  NodeFacts facts;
  facts.zone = zone_number_;
  const auto allocatable = static_cast<double>(shape_->allocatable.cpu_milli);
  if (allocatable <= 0) return facts;
  double fresh = 0;
  for (const FreshCpu& cpu : fresh_) {
    if (cpu.since > fresh_after) fresh += static_cast<double>(cpu.milli);
  }
  facts.requested = requested_.cpu_milli() / allocatable;
  facts.fresh = fresh / allocatable;
  return facts;
}

uint32_t NodeEntry::RoomFor(const kube::PodConstraints& constraints, const Requests& requests,
                            const Requests* own) const {
  if (shape_ == nullptr || !MayRun(constraints, *shape_)) return 0;
  if (own == nullptr) return CountFitting(shape_->allocatable, requested_.Total(), requests);
  RequestSum others = requested_;
  others.Remove(*own);
  return CountFitting(shape_->allocatable, others.Total(), requests);
}

NodeTable::Put NodeTable::PutNode(const kube::Node& node, uint32_t mark) {
  const auto found = nodes_.find(node.name);
  const bool known = found != nodes_.end() && found->second->shape_ != nullptr;
  if (!known && known_ >= max_nodes_) return Put::kFull;
  auto shape = std::make_unique<const NodeShape>(node);
  NodeEntry* const entry = found != nodes_.end() ? found->second.get() : FindOrMake(node.name);
  entry->mark_ = mark;
  const auto label = shape->labels.Find(kZoneLabel);
  const std::string_view zone = label ? *label : std::string_view();
  // A node without a zone stands in no table.
  if (zone != entry->zone_) zones_.reset();
  entry->zone_ = zone;
  if (known && *shape == *entry->shape_) return Put::kSame;
  if (!known) ++known_;
  entry->shape_ = std::move(shape);
  return Put::kChanged;
}

bool NodeTable::Remove(std::string_view name) {
  const auto found = nodes_.find(name);
  if (found == nodes_.end() || found->second->shape_ == nullptr) return false;
  Forget(found->second.get());
  return true;
}

size_t NodeTable::Sweep(uint32_t mark) {
  std::vector<NodeEntry*> gone;
  for (const auto& [name, entry] : nodes_) {
    if (entry->shape_ != nullptr && entry->mark_ != mark) gone.push_back(entry.get());
  }
  for (NodeEntry* entry : gone) Forget(entry);
  return gone.size();
}

const NodeEntry* NodeTable::Find(std::string_view name) const {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second.get();
}

NodeEntry* NodeTable::Acquire(std::string_view name) {
  NodeEntry* const entry = FindOrMake(name);
  ++entry->references_;
  return entry;
}

void NodeTable::Release(NodeEntry* node) {
  --node->references_;
  DropIfUnused(node);
}

std::vector<const NodeEntry*> NodeTable::Known() const {
  std::vector<const NodeEntry*> known;
  known.reserve(known_);
  for (const auto& [name, entry] : nodes_) {
    if (entry->shape_ != nullptr) known.push_back(entry.get());
  }
  std::sort(known.begin(), known.end(), [](const NodeEntry* a, const NodeEntry* b) { return a->name() < b->name(); });
  return known;
}

std::shared_ptr<const ZoneTable> NodeTable::Zones() {
  if (zones_ != nullptr) return zones_;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, entry] : nodes_) {
    if (!entry->zone_.empty()) pairs.emplace_back(entry->name_, entry->zone_);
  }
  auto zones = std::make_shared<const ZoneTable>(pairs);
  for (const auto& [name, entry] : nodes_) entry->zone_number_ = zones->Find(name);
  zones_ = std::move(zones);
  return zones_;
}

NodeEntry* NodeTable::FindOrMake(std::string_view name) {
  const auto found = nodes_.find(name);
  if (found != nodes_.end()) return found->second.get();
  auto made = std::make_unique<NodeEntry>(name);
  NodeEntry* const entry = made.get();
  nodes_.emplace(entry->name_, std::move(made));
  return entry;
}

void NodeTable::Forget(NodeEntry* node) {
  if (!node->zone_.empty()) zones_.reset();
  node->zone_.clear();
  node->zone_number_.reset();
  node->shape_.reset();
  --known_;
  DropIfUnused(node);
}

void NodeTable::DropIfUnused(NodeEntry* node) {
  if (node->references_ > 0 || node->shape_ != nullptr) return;
  nodes_.erase(nodes_.find(node->name_));
}

}  // namespace locus::extender
