// The way back to a worker: what the catalog asks of a Report stream.
#pragma once

#include <cstdint>
#include <string>

namespace locus::meta {

// Thread-safe. Never called while the catalog's lock is held.
class WorkerLink {
 public:
  virtual ~WorkerLink() = default;
  // Asks for the files below a path. At most InterestOptions::max_at_worker requests are unanswered at a time.
  virtual void AskListing(uint64_t request, const std::string& path, uint32_t limit) = 0;
  // Ends the stream without a word: the peer is silent.
  virtual void Cut() = 0;
};

}  // namespace locus::meta
