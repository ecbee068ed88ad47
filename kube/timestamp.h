// Times as the API server writes them: RFC 3339, in UTC.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace locus::kube {

// A Time or MicroTime: any offset, any fraction of a second. INVALID_ARGUMENT otherwise. Years that a WallTime cannot
// hold are its first or last moment.
absl::StatusOr<WallTime> ParseTimestamp(std::string_view text);

// A MicroTime: "2026-01-31T09:05:00.000001Z"; what is below a microsecond is cut off.
std::string FormatMicroTime(WallTime time);

}  // namespace locus::kube
