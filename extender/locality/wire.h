// proto/locus/v1/locality.proto into the extender's own values.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "extender/locality/locality_view.h"
#include "proto/locus/v1/locality.pb.h"

namespace locus::extender {

std::shared_ptr<const InputPicture> FromWire(const v1::InputLocality& input);

// Load of each node with a live or syncing worker that told one. Of two workers on one node the busier figure counts:
// both measure the same machine. Outside 0..1 it is cut, and what is no number is as good as not told.
std::shared_ptr<const NodeLoads> FromWire(const v1::WorkerList& workers);

// INTERNAL when it names a node that it does not list, names one twice, or has more than `max_blocks` blocks.
absl::StatusOr<BlockSample> FromWire(const v1::SampleBlocksResponse& wire, uint32_t max_blocks);

// Back again, for the JSON gateway.
v1::GetLocalityResponse ToWire(const LocalityAnswer& answer);

}  // namespace locus::extender
