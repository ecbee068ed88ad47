// Asks the kernel for TCP connections and their counters (sock_diag(7), NETLINK_SOCK_DIAG).
#pragma once

#include <cstddef>
#include <cstdint>

#include "cache_worker/traffic/connection.h"

namespace locus::worker {

// More on one port are not looked at: a worker has a few connections for each client.
inline constexpr size_t kMaxConnections = 65'536;

// Connections whose local port is `port`, in the network namespace of the calling thread; needs no privilege. The
// function is thread-safe: each call has a socket of its own. Errors: UNAVAILABLE, with what the kernel said.
ConnectionSource ConnectionsOn(uint16_t port);

}  // namespace locus::worker
