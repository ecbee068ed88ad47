// What one client has read from the worker, or from the one beside an agent.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace locus::worker {

// v1::ClientTraffic.
struct ClientBytes {
  // IP address.
  std::string client;
  uint64_t bytes = 0;
  bool operator==(const ClientBytes&) const = default;
};

// All clients that are known, by address; at most kMaxClientsInMessage.
using TrafficSource = std::function<std::vector<ClientBytes>()>;

// v1::Traffic's bound.
inline constexpr size_t kMaxClientsInMessage = 4096;

}  // namespace locus::worker
