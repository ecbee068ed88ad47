// The body of an HTTP/1.1 request, read within a bound (RFC 9112, sections 6 and 7).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace locus {

// Bytes in order, as they arrive.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At least one byte, at most `size`; 0 at the end; negative when it failed or took too long.
  virtual ssize_t Read(char* to, size_t size) = 0;
};

// The header fields that say where a body ends: all values of each.
struct BodyHeaders {
  std::vector<std::string> content_length;
  std::vector<std::string> transfer_encoding;
  std::vector<std::string> content_encoding;
};

// Why a request is refused before its handler is asked.
struct HttpRefusal {
  int status = 400;
  std::string text;
};

// How long the body is. Without any field there is none.
struct BodyLength {
  bool chunked = false;
  size_t bytes = 0;
  // Refused from the headers alone: 400 for contradictions and what is no number, 413 beyond the bound, 415 for a
  // compressed body (a small one may unfold to any size), 501 for a transfer coding other than chunked. The body is
  // then unread, and where the next request starts is unknown.
  std::optional<HttpRefusal> refusal;
};
BodyLength BodyLengthOf(const BodyHeaders& headers, size_t max_bytes);

// Reads the body that `length` promises into `body`. A refusal (400, 408, 413) leaves the source somewhere inside it.
std::optional<HttpRefusal> ReadBody(const BodyLength& length, size_t max_bytes, ByteSource& source, std::string* body);

}  // namespace locus
