// Parts of a URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace locus {

// RFC 3986, section 2.1: all but unreserved characters.
std::string PercentEncoded(std::string_view text);

// The same, but that '/' stays: several segments of a path at once.
std::string PercentEncodedPath(std::string_view path);

// The text that was encoded. Nothing: a '%' is not followed by two hexadecimal digits. '+' stays what it is.
std::optional<std::string> PercentDecoded(std::string_view text);

}  // namespace locus
