#include "alluxio_meta/workers/worker_table.h"

#include <algorithm>
#include <utility>

#include "common/status.h"

namespace locus::meta {

Worker* WorkerTable::Make(const HolderAddress& address, std::optional<HolderId>* dropped) {
  const auto it = workers_.find(address);
  if (it != workers_.end()) return &it->second;
  if (workers_.size() >= options_.max_workers) {
    *dropped = MakeRoom();
    if (!dropped->has_value()) return nullptr;
  }
  Worker& made = workers_[address];
  made.address = address;
  // Until the master has named it.
  made.lost = options_.by_master;
  if (free_holders_.empty()) {
    made.holder = static_cast<HolderId>(by_holder_.size());
    by_holder_.push_back(&made);
  } else {
    made.holder = free_holders_.back();
    free_holders_.pop_back();
    by_holder_[made.holder] = &made;
  }
  return &made;
}

absl::StatusOr<WorkerTable::Opened> WorkerTable::Open(WorkerHello hello, SteadyTime now) {
  Opened opened;
  const auto known = workers_.find(hello.address);
  opened.made = known == workers_.end();
  if (hello.proven && !opened.made && !known->second.lost && !known->second.proven_node.empty() &&
      known->second.proven_node != hello.node) {
    return absl::PermissionDeniedError(
        ToAbsl("hello.address: " + hello.address.host + ":" + std::to_string(hello.address.data_port) +
               " is that of a worker on node '" + known->second.proven_node + "', which is not lost"));
  }
  Worker* found = Make(hello.address, &opened.dropped);
  if (found == nullptr) {
    return Exhausted("workers.max_workers: " + std::to_string(options_.max_workers) + " workers are connected");
  }
  Worker& worker = *found;
  opened.replaced = worker.stream;
  opened.holder = worker.holder;
  opened.untold = !worker.told;
  opened.stream = ++last_stream_;
  by_stream_.erase(worker.stream);
  by_stream_[opened.stream] = &worker;
  worker.proven_node = hello.proven ? hello.node : "";
  worker.told_node = std::move(hello.node);
  opened.node_changed = NameNode(&worker) && !opened.made;
  worker.stream = opened.stream;
  worker.synced = false;
  worker.reported = now;
  worker.clock_ahead.reset();
  worker.serving.reset();
  if (!options_.by_master) {
    opened.was_lost = worker.lost;
    worker.lost = false;
    worker.heard = now;
  }
  // Of an Alluxio worker, the master knows better.
  if (!options_.by_master || !worker.registered) {
    worker.version = std::move(hello.version);
    worker.tiers = std::move(hello.tiers);
  }
  Rebuild();
  return opened;
}

std::optional<HolderId> WorkerTable::MakeRoom() {
  const Worker* longest = nullptr;
  for (const auto& [address, worker] : workers_) {
    if (worker.lost && !worker.registered && worker.stream == 0 &&
        (longest == nullptr || worker.heard < longest->heard))
      longest = &worker;
  }
  if (longest == nullptr) return std::nullopt;
  const HolderId holder = longest->holder;
  Erase(HolderAddress(longest->address));
  return holder;
}

void WorkerTable::Erase(const HolderAddress& address) {
  const auto it = workers_.find(address);
  if (it->second.awaited) --awaited_;
  by_stream_.erase(it->second.stream);
  by_holder_[it->second.holder] = nullptr;
  free_holders_.push_back(it->second.holder);
  workers_.erase(it);
}

void WorkerTable::Rebuild() {
  ++version_;
  speakers_.clear();
  for (const auto& [stream, worker] : by_stream_) {
    if (!worker->lost && !options_.by_master) speakers_.push_back(stream);
  }
}

Worker* WorkerTable::Find(uint64_t stream) {
  const auto it = by_stream_.find(stream);
  return it == by_stream_.end() ? nullptr : it->second;
}

bool WorkerTable::Hear(uint64_t stream, SteadyTime now, bool* returned) {
  *returned = false;
  Worker* worker = Find(stream);
  if (worker == nullptr) return false;
  worker->reported = now;
  if (options_.by_master) return true;
  worker->heard = now;
  if (!worker->lost) return true;
  *returned = true;
  worker->lost = false;
  Rebuild();
  return true;
}

void WorkerTable::Close(uint64_t stream) {
  Worker* worker = Find(stream);
  if (worker == nullptr) return;
  by_stream_.erase(stream);
  worker->stream = 0;
  worker->load.reset();
  worker->clock_ahead.reset();
  worker->serving.reset();
  Rebuild();
}

WorkerTable::Swept WorkerTable::Sweep(SteadyTime now) {
  Swept swept;
  std::vector<HolderAddress> gone;
  if (options_.by_master) {
    for (auto& [address, worker] : workers_) {
      if (worker.stream != 0 && now - worker.reported >= options_.lost_after) {
        swept.streams.push_back(worker.stream);
        swept.silenced.push_back(worker.holder);
      }
      const bool wanted = worker.registered || worker.awaited || worker.stream != 0;
      if (wanted || now - std::max(worker.heard, worker.reported) < options_.forget_after) continue;
      swept.forgotten.push_back(worker.holder);
      gone.push_back(address);
    }
    for (const uint64_t stream : swept.streams) Close(stream);
  }
  for (auto& [address, worker] : workers_) {
    if (options_.by_master) break;
    const Duration silence = now - worker.heard;
    if (silence >= options_.forget_after) {
      swept.forgotten.push_back(worker.holder);
      if (worker.stream != 0) swept.streams.push_back(worker.stream);
      gone.push_back(address);
    } else if (!worker.lost && silence >= options_.lost_after) {
      worker.lost = true;
      worker.load.reset();
      swept.lost.push_back(worker.holder);
    }
  }
  for (const HolderAddress& address : gone) Erase(address);
  if (!gone.empty() || !swept.lost.empty()) Rebuild();
  return swept;
}

size_t WorkerTable::CountOf(WorkerState state) const {
  return static_cast<size_t>(std::count_if(workers_.begin(), workers_.end(),
                                           [&](const auto& entry) { return entry.second.state() == state; }));
}

size_t WorkerTable::untold() const {
  return static_cast<size_t>(std::count_if(workers_.begin(), workers_.end(), [this](const auto& entry) {
    const Worker& worker = entry.second;
    // The Alluxio master tells of those that have no agent.
    return !worker.told && (options_.by_master ? worker.stream != 0 : !worker.lost);
  }));
}

void WorkerTable::SetLoad(Worker* worker, std::vector<TierUse> tiers, std::optional<NodeLoad> load) {
  const auto sizes_differ = [](const std::vector<TierUse>& a, const std::vector<TierUse>& b) {
    return !std::equal(a.begin(), a.end(), b.begin(), b.end(),
                       [](const TierUse& x, const TierUse& y) { return x.tier == y.tier && x.capacity == y.capacity; });
  };
  if (!tiers.empty() && !(options_.by_master && worker->registered)) {
    if (sizes_differ(tiers, worker->tiers)) ++version_;
    worker->tiers = std::move(tiers);
  }
  if (load.has_value()) worker->load = load;
  ++load_version_;
}

void WorkerTable::SetSynced(Worker* worker) {
  if (worker->synced) return;
  worker->synced = true;
  worker->told = true;
  ++version_;
}

std::optional<Duration> WorkerTable::OldestNews(SteadyTime now) const {
  if (options_.by_master) return term_ == 0 ? std::nullopt : std::optional<Duration>(now - master_heard_);
  std::optional<Duration> oldest;
  for (const auto& [address, worker] : workers_) {
    if (!worker.lost) oldest = std::max(oldest.value_or(Duration(0)), Duration(now - worker.heard));
  }
  return oldest;
}

}  // namespace locus::meta
