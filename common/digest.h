// SHA-256, for comparing and remembering secrets without keeping them.
#pragma once

#include <array>
#include <string_view>

namespace locus {

using Digest = std::array<unsigned char, 32>;

Digest Sha256(std::string_view text);

// Takes as long for digests that are nearly equal as for others.
bool SameDigest(const Digest& a, const Digest& b);

}  // namespace locus
