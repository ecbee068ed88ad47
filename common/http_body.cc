#include "common/http_body.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace locus {
namespace {

// Memory follows what has arrived, not what a header claims.
constexpr size_t kStep = 256 << 10;
// A chunk's size with its extensions, or one trailer field.
constexpr size_t kMaxLine = 4 << 10;
constexpr int kMaxTrailers = 64;

HttpRefusal TooLarge(size_t max_bytes) {
  return {413, "the body is over this server's bound of " + std::to_string(max_bytes) + " bytes"};
}

HttpRefusal Broken() { return {408, "the body did not arrive whole and in time"}; }

bool Append(ByteSource& source, size_t bytes, std::string* body) {
  while (bytes > 0) {
    const size_t old = body->size();
    const size_t step = std::min(bytes, kStep);
    body->resize(old + step);
    const ssize_t got = source.Read(body->data() + old, step);
    body->resize(old + static_cast<size_t>(std::max<ssize_t>(0, got)));
    if (got <= 0) return false;
    bytes -= static_cast<size_t>(got);
  }
  return true;
}

// A line without its CRLF. False: the end, or longer than any honest one.
bool ReadLine(ByteSource& source, std::string* line) {
  line->clear();
  for (char c = 0; line->size() <= kMaxLine; line->push_back(c)) {
    if (source.Read(&c, 1) != 1) return false;
    if (c != '\n') continue;
    if (line->empty() || line->back() != '\r') return false;
    line->pop_back();
    return true;
  }
  return false;
}

// "1a;name=value" -> 26.
bool ParseChunkSize(const std::string& line, size_t* size) {
  const char* const last = line.data() + line.size();
  const auto [end, error] = std::from_chars(line.data(), last, *size, 16);
  return error == std::errc() && (end == last || *end == ';' || *end == ' ' || *end == '\t');
}

std::optional<HttpRefusal> ReadChunked(size_t max_bytes, ByteSource& source, std::string* body) {
  std::string line;
  for (;;) {
    size_t size = 0;
    if (!ReadLine(source, &line)) return Broken();
    if (!ParseChunkSize(line, &size)) return HttpRefusal{400, "a chunk has no size"};
    if (size == 0) break;
    if (size > max_bytes - body->size()) return TooLarge(max_bytes);
    if (!Append(source, size, body)) return Broken();
    if (!ReadLine(source, &line)) return Broken();
    if (!line.empty()) return HttpRefusal{400, "a chunk is longer than its size"};
  }
  for (int i = 0; i < kMaxTrailers; ++i) {
    if (!ReadLine(source, &line)) return Broken();
    if (line.empty()) return std::nullopt;
  }
  return HttpRefusal{400, "too many trailer fields"};
}

}  // namespace

BodyLength BodyLengthOf(const BodyHeaders& headers, size_t max_bytes) {
  BodyLength length;
  for (const std::string& coding : headers.content_encoding) {
    if (coding.empty() || ::strcasecmp(coding.c_str(), "identity") == 0) continue;
    length.refusal = {415, "send the body without Content-Encoding"};
    return length;
  }
  if (!headers.transfer_encoding.empty()) {
    length.chunked = true;
    if (!headers.content_length.empty()) {
      length.refusal = {400, "Transfer-Encoding and Content-Length contradict each other"};
    } else if (headers.transfer_encoding.size() > 1 ||
               ::strcasecmp(headers.transfer_encoding[0].c_str(), "chunked") != 0) {
      length.refusal = {501, "of the transfer codings only chunked is understood"};
    }
    return length;
  }
  for (size_t i = 0; i < headers.content_length.size(); ++i) {
    const std::string& text = headers.content_length[i];
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, length.bytes);
    const bool digits = !text.empty() && text[0] >= '0' && text[0] <= '9' && end == last;
    if (!digits || text != headers.content_length[0]) {
      length.refusal = {400, "Content-Length is not one number"};
      return length;
    }
    if (error != std::errc() || length.bytes > max_bytes) {
      length.refusal = TooLarge(max_bytes);
      return length;
    }
  }
  return length;
}

std::optional<HttpRefusal> ReadBody(const BodyLength& length, size_t max_bytes, ByteSource& source, std::string* body) {
  if (length.chunked) return ReadChunked(max_bytes, source, body);
  if (!Append(source, length.bytes, body)) return Broken();
  return std::nullopt;
}

}  // namespace locus
