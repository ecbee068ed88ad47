// Workers whose life an Alluxio master tells of.
#include <algorithm>
#include <set>
#include <utility>

#include "alluxio_meta/workers/worker_table.h"

namespace locus::meta {
namespace {

// The master tells whole seconds, rounded down: the heartbeat may be that much older.
constexpr Duration kRounding = std::chrono::seconds(1);

}  // namespace

WorkerTable::MasterChange WorkerTable::MasterSaid(uint64_t term, std::span<const MasterWorker> workers,
                                                  SteadyTime now) {
  MasterChange change;
  if (term < term_) return change;
  if (term > term_) {
    change.new_term = true;
    term_ = term;
    term_began_ = now;
    for (auto& [address, worker] : workers_) {
      if (!worker.awaited && !worker.lost) {
        worker.awaited = true;
        ++awaited_;
      }
      worker.registered = false;
    }
  }
  master_heard_ = now;
  std::set<const Worker*> named;
  for (const MasterWorker& said : workers) {
    if (!said.live) continue;
    std::optional<HolderId> dropped;
    Worker* worker = Make(said.address, &dropped);
    if (dropped.has_value()) change.dropped.push_back(*dropped);
    if (worker == nullptr) {
      ++change.refused;
      continue;
    }
    named.insert(worker);
    if (!worker->registered || worker->start_ms != said.start_ms) change.registered.push_back(worker->holder);
    if (std::exchange(worker->awaited, false)) --awaited_;
    worker->registered = true;
    worker->start_ms = said.start_ms;
    worker->heard = std::max(worker->heard, now - said.silence - kRounding);
    const bool other_identity = worker->identity_node != said.identity_node;
    worker->identity_node = said.identity_node;
    if ((other_identity || worker->naming.how.empty()) && NameNode(worker)) change.renamed.push_back(worker->holder);
    worker->version = said.version;
    worker->tiers = said.tiers;
  }
  for (auto& [address, worker] : workers_) {
    if (!named.contains(&worker)) worker.registered = false;
  }
  if (change.new_term || !change.registered.empty()) ++version_;
  ++load_version_;
  return change;
}

bool WorkerTable::Counts(const Worker& worker, SteadyTime now) const {
  if (worker.serving.has_value() && !*worker.serving) return false;
  if (worker.awaited) return now - term_began_ < options_.stale_limit;
  if (!worker.registered) return false;
  // While the master is away, nobody can be heard: what was true last holds for a while.
  if (MasterIsAway(now)) return !worker.lost && now - master_heard_ < options_.stale_limit;
  return now - worker.heard < options_.lost_after;
}

WorkerTable::Judged WorkerTable::Judge(SteadyTime now) {
  Judged judged;
  for (auto& [address, worker] : workers_) {
    const bool lost = !Counts(worker, now);
    if (worker.awaited && now - term_began_ >= options_.stale_limit) {
      worker.awaited = false;
      --awaited_;
    }
    if (lost == worker.lost) continue;
    worker.lost = lost;
    (lost ? judged.lost : judged.returned).push_back(worker.holder);
  }
  if (!judged.lost.empty() || !judged.returned.empty()) Rebuild();
  return judged;
}

void WorkerTable::SetServing(Worker* worker, std::optional<bool> serving) {
  if (worker->serving == serving) return;
  worker->serving = serving;
  ++version_;
}

bool WorkerTable::NameNode(Worker* worker) {
  NodeNaming naming;
  if (!worker->told_node.empty()) {
    naming = {worker->told_node, "report", ""};
  } else if (namer_) {
    naming = namer_(*worker);
  }
  worker->naming = std::move(naming);
  if (worker->node == worker->naming.node) return false;
  worker->node = worker->naming.node;
  ++version_;
  return true;
}

std::vector<HolderId> WorkerTable::SetNodeNamer(std::function<NodeNaming(const Worker&)> namer) {
  namer_ = std::move(namer);
  std::vector<HolderId> changed;
  for (auto& [address, worker] : workers_) {
    if (NameNode(&worker)) changed.push_back(worker.holder);
  }
  return changed;
}

const Worker* WorkerTable::FindAddress(const HolderAddress& address) const {
  const auto it = workers_.find(address);
  return it == workers_.end() ? nullptr : &it->second;
}

}  // namespace locus::meta
