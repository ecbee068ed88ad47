// Text for a terminal: what a server sent is made harmless, measured in columns, and cut without breaking a character.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace locus::ctl {

// A name as the server sent it, safe to print: control characters (C0, DEL, C1), line separators, and the invisible and
// direction-changing characters of Unicode become \u{202E}; bytes that are no UTF-8 become \x9B. Valid UTF-8 otherwise
// stays, so that names in any script are readable. The result is valid UTF-8 on one line.
std::string SafeText(std::string_view text);

// Terminal columns of valid UTF-8 text: 2 for wide East Asian characters and emoji, 0 for combining marks.
size_t DisplayWidth(std::string_view text);

// `text` in at most `width` columns. Longer text loses its middle ("ip-10-0…internal"): the start tells the kind, the
// end tells apart. Never cuts inside a character.
std::string Truncate(std::string_view text, size_t width);

// Spaces that bring text of `used` columns to `width`; empty when it is already there.
std::string Padding(size_t used, size_t width);

}  // namespace locus::ctl
