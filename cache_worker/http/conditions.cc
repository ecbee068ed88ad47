#include "cache_worker/http/conditions.h"

#include <string_view>

#include "cache_worker/http/field_text.h"
#include "cache_worker/http/http_date.h"

namespace locus::worker {
namespace {

constexpr int64_t kStrongAfterSeconds = 60;
constexpr std::string_view kWeak = "W/";

// Whether one of the tags is the content's. Ours is strong: a strong comparison refuses weak ones, a weak comparison
// looks at what stands in the quotes only.
bool Matches(std::string_view list, const std::string& etag, bool strongly) {
  if (Trimmed(list) == "*") return true;
  for (std::string_view tag : SplitList(list)) {
    if (!strongly && tag.substr(0, kWeak.size()) == kWeak) tag.remove_prefix(kWeak.size());
    if (tag == etag) return true;
  }
  return false;
}

// A field whose date cannot be read is as if it were absent.
std::optional<int64_t> DateOf(const std::optional<std::string>& field, int64_t now) {
  return field ? ParseHttpDate(Trimmed(*field), now) : std::nullopt;
}

bool RangeCounts(const ConditionFields& fields, const Validators& content, int64_t now) {
  if (!fields.if_range) return true;
  const std::string_view value = Trimmed(*fields.if_range);
  if (!value.empty() && (value.front() == '"' || value.substr(0, kWeak.size()) == kWeak)) return value == content.etag;
  const std::optional<int64_t> date = ParseHttpDate(value, now);
  return date && *date == content.modified && now - content.modified >= kStrongAfterSeconds;
}

}  // namespace

Verdict Judge(const ConditionFields& fields, const Validators& content, uint64_t length, bool is_get, int64_t now) {
  if (fields.if_match) {
    if (!Matches(*fields.if_match, content.etag, /*strongly=*/true)) return {412};
  } else if (const auto date = DateOf(fields.if_unmodified_since, now); date && content.modified > *date) {
    return {412};
  }
  if (fields.if_none_match) {
    if (Matches(*fields.if_none_match, content.etag, /*strongly=*/false)) return {304};
  } else if (const auto date = DateOf(fields.if_modified_since, now); date && content.modified <= *date) {
    return {304};
  }
  if (!is_get || !fields.range || !RangeCounts(fields, content, now)) return {200, 0, length};
  const ByteRange range = ParseRange(*fields.range, length);
  switch (range.kind) {
    case ByteRange::Kind::kPart: return {206, range.begin, range.end};
    case ByteRange::Kind::kUnsatisfiable: return {416};
    case ByteRange::Kind::kWhole: break;
  }
  return {200, 0, length};
}

}  // namespace locus::worker
