// SHA-256 and the keyed hash made of it (FIPS 180-4, RFC 2104): OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace locus::worker {

// 64 hexadecimal digits in lower case.
std::string Sha256Hex(std::string_view text);

// 32 bytes.
std::string HmacSha256(std::string_view key, std::string_view text);

std::string Hex(std::string_view bytes);

}  // namespace locus::worker
