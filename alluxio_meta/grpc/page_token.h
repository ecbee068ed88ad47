// Where a page of ListBlocks goes on, as text that a client hands back.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "alluxio_meta/catalog/pictures.h"

namespace locus::meta {

// Holds for the same input only, in any run of any locus-meta.
std::string EncodePageToken(std::string_view input, const BlockPosition& position);

// INVALID_ARGUMENT for a text that EncodePageToken has not made for this input. The empty token is the beginning.
absl::StatusOr<BlockPosition> DecodePageToken(std::string_view input, std::string_view token);

}  // namespace locus::meta
