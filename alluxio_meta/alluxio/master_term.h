// Tells one leadership of a master from the next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "alluxio_meta/alluxio/master.h"

namespace locus::meta {

// What of GetMasterInfo stays the same for as long as one process leads.
struct MasterLife {
  std::string leader;
  std::string cluster;
  int64_t start_ms = 0;
  bool operator==(const MasterLife&) const = default;
};

// Not thread-safe.
class TermCounter {
 public:
  MasterTerm Of(const MasterLife& life) {
    if (life_ != life) {
      life_ = life;
      ++term_;
    }
    return term_;
  }

 private:
  std::optional<MasterLife> life_;
  MasterTerm term_ = 0;
};

}  // namespace locus::meta
