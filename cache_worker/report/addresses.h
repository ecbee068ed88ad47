// Where the locus-metas are that a worker reports to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace locus::worker {

// A cluster has two or three locus-metas; more than this are a mistake in a list or in a name's records.
inline constexpr size_t kMaxReportTargets = 16;

// The parts of a comma-separated list of targets, spaces around them left out, empty ones dropped.
std::vector<std::string> TargetsIn(std::string_view list);

// All addresses that the name in "host:port" has now, as "10.0.0.1:8910": those of IPv4 where there are any, else those
// of IPv6 ("[fd00::1]:8910"), so that a server with both counts once. Asks the machine's resolver, and takes as long
// as that does. UNAVAILABLE: it has no answer, or the name has no address; INVALID_ARGUMENT: it is no host:port
// (common/endpoint.h).
absl::StatusOr<std::vector<std::string>> AddressesOf(const std::string& target);

}  // namespace locus::worker
