// Errors as values. Every own interface returns absl::Status or absl::StatusOr; context is added at each hop.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace locus {

// The same status with "context: " before its text; the code stays. OK stays OK.
absl::Status Annotate(const absl::Status& status, std::string_view context);

// The text of a status as a std type: Debian's absl::string_view is a type of its own.
inline std::string MessageOf(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

// absl takes its own string_view: convert where it is called.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

inline absl::Status InvalidArgument(std::string_view text) { return absl::InvalidArgumentError(ToAbsl(text)); }
inline absl::Status NotFound(std::string_view text) { return absl::NotFoundError(ToAbsl(text)); }
inline absl::Status Unavailable(std::string_view text) { return absl::UnavailableError(ToAbsl(text)); }
inline absl::Status Internal(std::string_view text) { return absl::InternalError(ToAbsl(text)); }
inline absl::Status Exhausted(std::string_view text) { return absl::ResourceExhaustedError(ToAbsl(text)); }

}  // namespace locus

#define LOCUS_CONCAT_INNER(a, b) a##b
#define LOCUS_CONCAT(a, b) LOCUS_CONCAT_INNER(a, b)

// Leaves the function with the status when it is not OK.
#define LOCUS_RETURN_IF_ERROR(expr)                \
  do {                                             \
    ::absl::Status locus_status_ = (expr);         \
    if (!locus_status_.ok()) return locus_status_; \
  } while (false)

// LOCUS_ASSIGN_OR_RETURN(auto value, Compute());
#define LOCUS_ASSIGN_OR_RETURN(lhs, expr) LOCUS_ASSIGN_OR_RETURN_INNER(LOCUS_CONCAT(locus_or_, __LINE__), lhs, expr)
#define LOCUS_ASSIGN_OR_RETURN_INNER(tmp, lhs, expr) \
  auto tmp = (expr);                                 \
  if (!tmp.ok()) return tmp.status();                \
  lhs = std::move(tmp).value()
