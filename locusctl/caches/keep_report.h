// What `locusctl pin`, `unpin` and `evict` show: what came of it on each worker.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "locusctl/table.h"

namespace locus::ctl {

enum class KeepVerb { kPin, kUnpin, kEvict };

// As the user writes it.
const char* WordOf(KeepVerb verb);

struct KeptOn {
  std::string name;
  std::string address;
  // Pinned now at or below the path; of evict: dropped.
  uint64_t blocks = 0;
  uint64_t bytes = 0;
  absl::Status status;
};

struct KeepPicture {
  KeepVerb verb = KeepVerb::kPin;
  std::string path;
  std::vector<KeptOn> workers;
  // Names of those that have no cache of their own, and were not asked for by name.
  std::vector<std::string> left_out;

  bool complete() const;
  uint64_t blocks() const;
  uint64_t bytes() const;
};

// A row for each worker and one for all; below it what went wrong where, and what to know. Lines that each end in a
// newline.
std::string RenderKeep(const KeepPicture& picture, const Style& style);

// The part of it that says what went wrong where; empty: nothing.
std::string KeepFailures(const KeepPicture& picture, const Style& style);

// The stable form of --json, see docs/locusctl-formats.md.
std::string KeepToJson(const KeepPicture& picture);

}  // namespace locus::ctl
