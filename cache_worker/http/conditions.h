// Which answer a request for a content gets, from its header fields alone (RFC 9110, sections 13 and 14). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cache_worker/http/byte_range.h"

namespace locus::worker {

// Values as they came; a list that is spread over several lines is joined by commas. Absent: no such field.
struct ConditionFields {
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<std::string> if_modified_since;
  std::optional<std::string> if_unmodified_since;
  std::optional<std::string> if_range;
  // Absent also when the field came twice: it is no list.
  std::optional<std::string> range;
};

// A content as HTTP sees it.
struct Validators {
  // A strong entity tag with its quotes.
  std::string etag;
  // Seconds since 1970.
  int64_t modified = 0;
};

// What is to be answered.
struct Verdict {
  // 200, 206, 304, 412 or 416.
  int status = 200;
  // Of 200 and 206: which bytes.
  uint64_t begin = 0;
  uint64_t end = 0;
};

// In the order of section 13.2.2. `is_get`: of HEAD the Range field is ignored. `now`: seconds since 1970. A date in
// If-Range counts only when the content is at least a minute old: within the second that it names, or on clocks that
// differ a little, two contents may have the same one.
Verdict Judge(const ConditionFields& fields, const Validators& content, uint64_t length, bool is_get, int64_t now);

}  // namespace locus::worker
