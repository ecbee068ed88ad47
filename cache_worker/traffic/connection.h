// The TCP connections on a worker's data port, as the kernel counts them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace locus::worker {

struct Connection {
  // The kernel's name for it, never given twice.
  uint64_t cookie = 0;
  // The client's IP address as text; an IPv4 address inside IPv6 stands as IPv4.
  std::string client;
  // Sent by the worker and acknowledged by the client, since the connection began.
  uint64_t sent_bytes = 0;
};

// The connections that are open now. An error says why they cannot be told.
using ConnectionSource = std::function<absl::StatusOr<std::vector<Connection>>()>;

}  // namespace locus::worker
