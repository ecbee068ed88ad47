// Adds up connections that come and go to bytes of each client. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "cache_worker/report/client_bytes.h"
#include "cache_worker/traffic/connection.h"
#include "common/clock.h"

namespace locus::worker {

// Not thread-safe.
class ClientTraffic {
 public:
  // A client without a connection for this long is forgotten: its address may be another pod's by then.
  static constexpr Duration kForgetAfter = std::chrono::minutes(10);

  // All connections that are open now. What those of the first look have carried before it does not count.
  void Look(std::span<const Connection> open, SteadyTime now);
  // By address.
  std::vector<ClientBytes> Totals() const;
  // Clients left out because there were too many.
  uint64_t over_limit() const { return over_limit_; }

 private:
  struct Client {
    uint64_t bytes = 0;
    SteadyTime connected;
  };

  bool looked_ = false;
  uint64_t over_limit_ = 0;
  std::map<std::string, Client> clients_;
  // Open connections -> bytes that are counted already.
  std::unordered_map<uint64_t, uint64_t> counted_;
};

}  // namespace locus::worker
