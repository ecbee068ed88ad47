#include "alluxio_meta/workers/traffic_table.h"

#include <algorithm>

namespace locus::meta {

bool TrafficTable::Say(uint64_t stream, const HolderAddress& worker, std::vector<ClientBytes> clients, SteadyTime now) {
  std::sort(clients.begin(), clients.end(),
            [](const ClientBytes& a, const ClientBytes& b) { return a.client < b.client; });
  MutexLock lock(mutex_);
  SweepLocked(now);
  const auto found = statements_.find(worker);
  const size_t before = found == statements_.end() ? 0 : found->second.clients.size();
  if (clients_ - before + clients.size() > kMaxClients) return false;
  clients_ += clients.size();
  clients_ -= before;
  statements_.insert_or_assign(worker, Statement{stream, std::move(clients), false, {}});
  return true;
}

void TrafficTable::End(uint64_t stream, SteadyTime now) {
  MutexLock lock(mutex_);
  for (auto& [worker, statement] : statements_) {
    if (statement.stream != stream || statement.ended) continue;
    statement.ended = true;
    statement.ended_at = now;
  }
  SweepLocked(now);
}

std::vector<WorkerBytes> TrafficTable::ReadBy(std::string_view client) const {
  std::vector<WorkerBytes> workers;
  MutexLock lock(mutex_);
  for (const auto& [worker, statement] : statements_) {
    const auto found =
        std::lower_bound(statement.clients.begin(), statement.clients.end(), client,
                         [](const ClientBytes& one, std::string_view name) { return one.client < name; });
    if (found == statement.clients.end() || found->client != client || found->bytes == 0) continue;
    workers.push_back({worker, found->bytes});
  }
  std::stable_sort(workers.begin(), workers.end(),
                   [](const WorkerBytes& a, const WorkerBytes& b) { return a.bytes > b.bytes; });
  return workers;
}

bool TrafficTable::told() const {
  MutexLock lock(mutex_);
  return !statements_.empty();
}

size_t TrafficTable::clients() const {
  MutexLock lock(mutex_);
  return clients_;
}

void TrafficTable::SweepLocked(SteadyTime now) {
  for (auto it = statements_.begin(); it != statements_.end();) {
    const Statement& statement = it->second;
    if (statement.ended && now - statement.ended_at > kKeep) {
      clients_ -= statement.clients.size();
      it = statements_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace locus::meta
