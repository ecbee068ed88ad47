// What the headers of an answer tell of a file, and whether an answer is the range that was asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cache_worker/origin/http_exchange.h"
#include "cache_worker/origin/origin.h"

namespace locus::worker {

// OriginFile::version of an entity tag: XXH3-64 of it without its quotes (listings and headers differ in these), with
// its W/ if it is weak; 0 for none.
uint64_t VersionOfTag(std::string_view tag);

struct ContentRange {
  // The first and last byte.
  uint64_t first = 0;
  uint64_t last = 0;
  // Of the whole file.
  uint64_t total = 0;
};
// "bytes 0-9/100" (RFC 9110, section 14.4). Nothing: not that, no total, or one that does not fit.
std::optional<ContentRange> ParseContentRange(std::string_view text);

// The file that an answer to HEAD with status 200 is about. UNAVAILABLE, with what the server has to send: it has no
// Content-Length, is compressed, or has neither Last-Modified nor a strong ETag, without which a changed file could not
// be told from the old one. `server`: for messages, here and below.
absl::StatusOr<OriginFile> FileOfHead(const std::string& server, const std::string& path, const HttpResponse& response);

// Whether an answer 200 or 206, with `received` bytes of body, is bytes `offset` to `offset + size` of `content`: by
// the range and total that it names, and by the id of what its own headers tell. ABORTED: it is of another content.
// DATA_LOSS: it is short. UNAVAILABLE: the server does not do ranges as it should.
absl::Status CheckRangeAnswer(const std::string& server, const Content& content, uint64_t offset, size_t size,
                              const HttpResponse& response, const HttpBody& body);

// "bytes=0-9": the value of the header Range. `size` is not 0.
std::string RangeValue(uint64_t offset, size_t size);

// Any other answer, for servers that say no more than the status. NOT_FOUND for 404 and 410, else UNAVAILABLE, with
// what to check.
absl::Status PlainRefusal(const std::string& server, const std::string& path, const HttpResponse& response);

}  // namespace locus::worker
