// Where a server listens, as people write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace locus {

struct Endpoint {
  // A name or an address; IPv6 without brackets.
  std::string host;
  uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;

  // "host:port", "[::1]:19998": also what gRPC dials.
  std::string Text() const;
};

// "host:port"; IPv6 in brackets. INVALID_ARGUMENT says what is wrong with `text` and how to mend it.
absl::StatusOr<Endpoint> ParseEndpoint(std::string_view text);

// All of them, in order. INVALID_ARGUMENT names every problem, one a line, as "[i]: ..."; also an address that stands
// twice, and an empty list.
absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(const std::vector<std::string>& texts);

}  // namespace locus
