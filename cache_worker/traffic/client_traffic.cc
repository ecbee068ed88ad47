#include "cache_worker/traffic/client_traffic.h"

#include <utility>

namespace locus::worker {

void ClientTraffic::Look(std::span<const Connection> open, SteadyTime now) {
  std::unordered_map<uint64_t, uint64_t> counted;
  for (const Connection& connection : open) {
    uint64_t before = looked_ ? 0 : connection.sent_bytes;
    if (const auto found = counted_.find(connection.cookie); found != counted_.end()) before = found->second;
    counted.emplace(connection.cookie, connection.sent_bytes);
    auto client = clients_.find(connection.client);
    if (client == clients_.end()) {
      if (clients_.size() >= kMaxClientsInMessage) {
        ++over_limit_;
        continue;
      }
      client = clients_.emplace(connection.client, Client{}).first;
    }
    client->second.connected = now;
    if (connection.sent_bytes > before) client->second.bytes += connection.sent_bytes - before;
  }
  counted_ = std::move(counted);
  looked_ = true;
  std::erase_if(clients_, [now](const auto& client) { return now - client.second.connected > kForgetAfter; });
}

std::vector<ClientBytes> ClientTraffic::Totals() const {
  std::vector<ClientBytes> totals;
  totals.reserve(clients_.size());
  for (const auto& [address, client] : clients_) totals.push_back({address, client.bytes});
  return totals;
}

}  // namespace locus::worker
