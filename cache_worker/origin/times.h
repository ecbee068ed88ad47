// Times as HTTP and S3 write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"

namespace locus::worker {

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7, the one form that servers write today), in seconds since
// 1970. Nothing: it is another text.
std::optional<int64_t> ParseHttpDate(std::string_view text);

// "2009-10-12T17:50:30.000Z", in seconds since 1970: S3's listings tell fractions that its headers do not, and a
// file's time must be the same from both. Nothing: it is another text.
std::optional<int64_t> ParseIsoTime(std::string_view text);

// "20130524T000000Z": x-amz-date.
std::string FormatAmzTime(WallTime time);

}  // namespace locus::worker
