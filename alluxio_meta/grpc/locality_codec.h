// From the catalog's words to the messages of LocalityService.
#pragma once

#include "alluxio_meta/catalog/pictures.h"
#include "proto/locus/v1/locality.pb.h"

namespace locus::meta {

void Encode(const Freshness& freshness, v1::Freshness* message);
void Encode(const InputPicture& picture, v1::InputLocality* message);
void Encode(const WorkerPicture& picture, v1::Worker* message);
void Encode(const BlockPicture& picture, v1::Block* message);
void Encode(const BlocksSample& sample, v1::SampleBlocksResponse* message);

}  // namespace locus::meta
