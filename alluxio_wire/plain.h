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

// What a client says of itself; the password is left where it came from.
struct PlainIdentity {
  // Empty, or the user for whom `user` acts.
  std::string acts_for;
  std::string user;
};

// Of an initial response: "authzid NUL authcid NUL password". INVALID_ARGUMENT, without any part of it, unless it has
// these three parts and the last two are not empty.
absl::StatusOr<PlainIdentity> ParsePlainResponse(std::string_view response);

}  // namespace locus::alluxio_wire
