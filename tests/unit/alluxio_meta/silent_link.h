// A worker's stream that takes what it is told, and says nothing.
#pragma once

#include <string>

#include "alluxio_meta/catalog/worker_link.h"

namespace locus::meta {

class SilentLink final : public WorkerLink {
 public:
  void AskListing(uint64_t, const std::string&, uint32_t) override {}
  void Cut() override {}
};

}  // namespace locus::meta
