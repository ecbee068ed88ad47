// Sizes, rates and durations as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace locus {

// "65536", "512KiB", "64MiB", "2GB" (GB is 10^9, GiB 2^30; up to TB, TiB). INVALID_ARGUMENT with an example otherwise,
// also for negative numbers, fractions of a byte and overflow.
absl::StatusOr<uint64_t> ParseBytes(std::string_view text);

// "1250MB/s", "1GiB/s", "10Gbit/s" (bits are decimal: 10^9 / 8 bytes), "0B/s".
absl::StatusOr<double> ParseBytesPerSecond(std::string_view text);

// "250ms", "10s", "5m", "1h", "1.5s", "100us". Not negative; at most 10 years.
absl::StatusOr<Duration> ParseDuration(std::string_view text);

// Shortest exact-looking form for people: "1.5 GiB", "0 B", "312 MiB".
std::string FormatBytes(uint64_t bytes);

// In the notation of ParseDuration: "1.5s", "50ms", "2h".
std::string FormatDuration(Duration duration);

}  // namespace locus
