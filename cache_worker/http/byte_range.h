// The Range header field, one range of bytes at a time (RFC 9110, section 14). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace locus::worker {

struct ByteRange {
  enum class Kind {
    // The whole content is the answer: no range, another unit, several ranges, or text that is no range.
    kWhole,
    // [begin, end), not empty.
    kPart,
    // No byte of the content is in it: 416.
    kUnsatisfiable,
  };
  Kind kind = Kind::kWhole;
  uint64_t begin = 0;
  uint64_t end = 0;
};

// What the field's value means for a content of that length. Several ranges are answered with the whole, which the
// standard leaves to a server: nobody who reads blocks asks for them.
ByteRange ParseRange(std::string_view value, uint64_t length);

// "bytes 0-99/1234".
std::string ContentRange(uint64_t begin, uint64_t end, uint64_t length);
// "bytes */1234".
std::string UnsatisfiedRange(uint64_t length);

}  // namespace locus::worker
