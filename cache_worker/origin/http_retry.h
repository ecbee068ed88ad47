// Which answers of a server are worth asking again for, and when.
#pragma once

#include <optional>

#include "cache_worker/origin/http_exchange.h"
#include "common/clock.h"

namespace locus::worker {

// 429 and what a server says of itself for a while: 500, 502, 503, 504.
bool IsPassingStatus(int status);

// The pause that the header Retry-After asks for, as seconds or as a date, at most `longest`. Nothing: it asks for none
// that can be read. `now`: of the wall clock.
std::optional<Duration> AskedPause(const HttpResponse& response, WallTime now, Duration longest);

}  // namespace locus::worker
