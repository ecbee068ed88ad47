#include "cache_worker/origin/http_object.h"

#include <xxhash.h>

#include <charconv>

#include "cache_worker/origin/times.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
// Beyond it the nanoseconds do not fit: year 2262.
constexpr int64_t kMaxSeconds = INT64_MAX / kNsPerSecond;

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsStrong(std::string_view tag) { return !tag.empty() && !tag.starts_with("W/"); }

absl::Status Changed(const std::string& path) {
  return absl::AbortedError("'" + path + "' changed at the under-store while it was read");
}

// The file of `length` bytes that the validators of this answer name.
absl::StatusOr<OriginFile> FileOf(const std::string& server, const std::string& path, uint64_t length,
                                  const HttpResponse& response) {
  const std::string_view encoding = response.Header("content-encoding");
  if (!encoding.empty() && encoding != "identity") {
    return Unavailable(server + " sends '" + path + "' compressed (Content-Encoding: " + std::string(encoding) +
                       ") although that was not asked for: turn that off for these files");
  }
  const std::string_view tag = response.Header("etag");
  const std::optional<int64_t> modified = ParseHttpDate(response.Header("last-modified"));
  if (!IsStrong(tag) && !modified) {
    return Unavailable(server + " tells neither Last-Modified nor a strong ETag of '" + path +
                       "': without one of them a changed file cannot be told from the old one");
  }
  OriginFile file{path, length, 0, VersionOfTag(tag)};
  if (modified && *modified > -kMaxSeconds && *modified < kMaxSeconds) file.modified_ns = *modified * kNsPerSecond;
  return file;
}

absl::Status CheckContent(const std::string& server, const Content& content, uint64_t total,
                          const HttpResponse& response) {
  LOCUS_ASSIGN_OR_RETURN(const OriginFile file, FileOf(server, content.path, total, response));
  return FileIdOf(file) == content.id ? absl::OkStatus() : Changed(content.path);
}

absl::Status CheckWholeAnswer(const std::string& server, const Content& content, size_t size,
                              const HttpResponse& response, const HttpBody& body) {
  const std::optional<uint64_t> told = ParseNumber(response.Header("content-length"));
  LOCUS_RETURN_IF_ERROR(CheckContent(server, content, told.value_or(content.length), response));
  if (size != content.length || body.overflown()) {
    return Unavailable(server + " ignores byte ranges: it sends all of '" + content.path +
                       "' whatever part is asked for; use a server that answers Range with 206");
  }
  if (body.size() == size) return absl::OkStatus();
  return absl::DataLossError(ToAbsl(server + " sent " + std::to_string(body.size()) + " of the " +
                                    std::to_string(size) + " bytes of '" + content.path + "'"));
}

}  // namespace

uint64_t VersionOfTag(std::string_view tag) {
  std::string bare;
  for (const char c : tag) {
    if (c != '"') bare += c;
  }
  return bare.empty() ? 0 : XXH3_64bits(bare.data(), bare.size());
}

std::optional<ContentRange> ParseContentRange(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const size_t dash = text.find('-'), slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return std::nullopt;
  const auto first = ParseNumber(text.substr(0, dash));
  const auto last = ParseNumber(text.substr(dash + 1, slash - dash - 1));
  const auto total = ParseNumber(text.substr(slash + 1));
  if (!first || !last || !total || *first > *last || *last >= *total) return std::nullopt;
  return ContentRange{*first, *last, *total};
}

absl::StatusOr<OriginFile> FileOfHead(const std::string& server, const std::string& path,
                                      const HttpResponse& response) {
  const std::optional<uint64_t> length = ParseNumber(response.Header("content-length"));
  if (!length) {
    return Unavailable(server + " does not tell the length of '" + path +
                       "' (Content-Length in the answer to HEAD): serve plain files, not pages made at each request");
  }
  return FileOf(server, path, *length, response);
}

absl::Status CheckRangeAnswer(const std::string& server, const Content& content, uint64_t offset, size_t size,
                              const HttpResponse& response, const HttpBody& body) {
  if (response.status == 200) return CheckWholeAnswer(server, content, size, response, body);
  const std::string_view text = response.Header("content-range");
  const std::optional<ContentRange> range = ParseContentRange(text);
  if (!range) {
    return Unavailable(server + " answered a part of '" + content.path + "' without saying which (Content-Range: '" +
                       std::string(text.substr(0, 100)) + "')");
  }
  LOCUS_RETURN_IF_ERROR(CheckContent(server, content, range->total, response));
  if (range->first != offset || range->last != offset + size - 1) {
    return Unavailable(server + " answered bytes " + std::string(text.substr(0, 100)) + " of '" + content.path +
                       "' where " + RangeValue(offset, size) + " was asked for");
  }
  if (body.overflown()) {
    return Unavailable(server + " sent more bytes of '" + content.path + "' than the " + std::to_string(size) +
                       " that it announced");
  }
  if (body.size() == size) return absl::OkStatus();
  return absl::DataLossError(ToAbsl(server + " sent " + std::to_string(body.size()) + " of the " +
                                    std::to_string(size) + " bytes of '" + content.path + "' that it announced"));
}

std::string RangeValue(uint64_t offset, size_t size) {
  return "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + size - 1);
}

absl::Status PlainRefusal(const std::string& server, const std::string& path, const HttpResponse& response) {
  const std::string answer = server + " answered " + std::to_string(response.status) + " for '" + path + "'";
  switch (response.status) {
    case 404:
    case 410: return NotFound("no such file at the under-store: '" + path + "'");
    case 401:
    case 403: return Unavailable(answer + ": it wants other credentials; check token_file, and what it may read");
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return Unavailable(answer + ": a redirect to '" + std::string(response.Header("location").substr(0, 300)) +
                         "', which is not followed; put the address that serves the files into url");
    case 405:
    case 501: return Unavailable(answer + ": it has to answer both HEAD and GET");
    default: return Unavailable(answer);
  }
}

}  // namespace locus::worker
