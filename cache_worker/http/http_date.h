// Dates of HTTP header fields (RFC 9110, section 5.6.7). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace locus::worker {

// "Sun, 06 Nov 1994 08:49:37 GMT". Seconds since 1970, of the years 0 to 9999.
std::string FormatHttpDate(int64_t seconds);

// Any of the three forms that a recipient must accept. `now`, in seconds since 1970, tells which century a year of two
// digits is meant in. Nothing for any other text, also for a day that does not exist; the name of the weekday is not
// compared.
std::optional<int64_t> ParseHttpDate(std::string_view text, int64_t now);

}  // namespace locus::worker
