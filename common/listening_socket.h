// A socket that listens, with an error that names what is in the way.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace locus {

struct ListeningSocket {
  // The caller's to close. Does not block.
  int fd = -1;
  int port = 0;
};

// `address`: numeric, IPv4 or IPv6; "::" takes IPv4 too. `port` 0: chosen by the kernel. UNAVAILABLE names address,
// port and reason.
absl::StatusOr<ListeningSocket> ListenOn(const std::string& address, int port);

// Lets the process have as many open files as it may: a connection and the block behind it are two. Idempotent.
void RaiseFileLimit();

}  // namespace locus
