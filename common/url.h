// Parts of a URL.
#pragma once

#include <string>
#include <string_view>

namespace locus {

// RFC 3986, section 2.1: all but unreserved characters.
std::string PercentEncoded(std::string_view text);

}  // namespace locus
