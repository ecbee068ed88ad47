// SASL PLAIN (RFC 4616) as Alluxio speaks it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace locus::alluxio_wire {

// A server that takes a user at his word wants a password all the same; this is what Alluxio's own clients send.
inline constexpr std::string_view kNoPassword = "noPassword";

// The initial response of a client that acts for nobody else: NUL user NUL password. INVALID_ARGUMENT, without the
// password, when one of them is empty or has a NUL in it.
absl::StatusOr<std::string> PlainInitialResponse(std::string_view user, std::string_view password);

}  // namespace locus::alluxio_wire
