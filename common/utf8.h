// UTF-8 by the rules of RFC 3629.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace locus {

// The character at the front of `text`, which is not empty. False: its first bytes are no valid UTF-8; overlong forms,
// surrogates and values beyond U+10FFFF are none.
bool DecodeUtf8(std::string_view text, uint32_t* code_point, size_t* length);

bool IsUtf8(std::string_view text);

}  // namespace locus
