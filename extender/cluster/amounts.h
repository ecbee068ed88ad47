// What pods ask for and nodes have, in a form that is small and can be added up. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"
#include "kube/objects.h"

namespace locus::extender {

// A resource beside cpu, memory and pods; its name as a hash, as it is only ever compared.
struct OtherAmount {
  uint64_t resource = 0;
  int64_t amount = 0;
  bool operator==(const OtherAmount&) const = default;
};
// By resource, each once, above 0.
using OtherAmounts = std::vector<OtherAmount>;

// What one pod asks for. 24 bytes when it is cpu and memory, as most do.
class Requests {
 public:
  Requests() = default;
  // Negative amounts count as 0.
  explicit Requests(const kube::Resources& resources);
  Requests(int64_t cpu_milli, int64_t memory_bytes);

  int64_t cpu_milli() const { return cpu_milli_; }
  int64_t memory_bytes() const { return memory_bytes_; }
  const OtherAmounts& others() const;
  bool operator==(const Requests& other) const;

 private:
  int64_t cpu_milli_ = 0;
  int64_t memory_bytes_ = 0;
  // Null: none.
  std::unique_ptr<const OtherAmounts> others_;
};

// What a node has for pods, or what is taken of it.
struct Capacity {
  Capacity() = default;
  explicit Capacity(const kube::Resources& resources);
  bool operator==(const Capacity&) const = default;

  int64_t cpu_milli = 0;
  int64_t memory_bytes = 0;
  int64_t pods = 0;
  OtherAmounts others;
};

// The sum of many requests. Exact whatever pods ask for: what was added can be removed.
class RequestSum {
 public:
  void Add(const Requests& requests);
  // Only what was added.
  void Remove(const Requests& requests);
  // Each amount at most what 64 bits hold.
  Capacity Total() const;
  double cpu_milli() const { return static_cast<double>(cpu_milli_); }
  int64_t pods() const { return pods_; }

 private:
  struct Other {
    uint64_t resource = 0;
    absl::int128 amount = 0;
  };

  absl::int128 cpu_milli_ = 0;
  absl::int128 memory_bytes_ = 0;
  int64_t pods_ = 0;
  // By resource, above 0.
  std::vector<Other> others_;
};

// How many pods that ask for `each` find room in `allocatable` less `requested`. A resource that is not asked for is no
// obstacle, whatever is left of it; one that the node does not have is. Never negative, at most 2^32 - 1.
uint32_t CountFitting(const Capacity& allocatable, const Capacity& requested, const Requests& each);

}  // namespace locus::extender
