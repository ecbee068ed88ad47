#include "tests/bench/eviction/trace.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <unordered_set>

namespace locus::bench {
namespace {

using worker::BlockKey;

constexpr uint64_t kBlock = 64 << 20;
constexpr uint32_t kBlocks = 10'000;
constexpr int kReads = 200'000;

// In [0, 1). Not std::uniform_real_distribution: the same trace wherever it is made.
double Fraction(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }
uint32_t Below(std::mt19937_64& random, uint32_t n) { return static_cast<uint32_t>(random() % n); }

// Ranks from 0, the most popular first.
class ZipfRanks {
 public:
  ZipfRanks(uint32_t n, double exponent) : sums_(n) {
    double sum = 0;
    for (uint32_t k = 0; k < n; ++k) sums_[k] = sum += std::pow(k + 1, -exponent);
  }
  uint32_t Draw(std::mt19937_64& random) const {
    const double u = Fraction(random) * sums_.back();
    return static_cast<uint32_t>(std::upper_bound(sums_.begin(), sums_.end() - 1, u) - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

uint64_t DistinctBytes(const std::vector<Request>& requests) {
  std::unordered_set<BlockKey, worker::BlockKeyHash> seen;
  uint64_t bytes = 0;
  for (const Request& request : requests) bytes += seen.insert(request.key).second ? request.bytes : 0;
  return bytes;
}

// One pass over blocks [0, blocks) of a file by `tasks` side by side, each block in `pieces`: the order is that of the
// blocks but for the tasks that overtake each other.
void Scan(std::vector<Request>& to, uint64_t file, uint32_t blocks, uint32_t tasks, uint32_t pieces,
          std::mt19937_64& random) {
  struct Task {
    uint32_t block;
    uint32_t left;
  };
  std::vector<Task> running;
  uint32_t next = 0;
  while (next < blocks || !running.empty()) {
    while (running.size() < tasks && next < blocks) running.push_back({next++, pieces});
    const size_t turn = Below(random, static_cast<uint32_t>(running.size()));
    to.push_back({{file, running[turn].block}, kBlock});
    if (--running[turn].left == 0) running.erase(running.begin() + static_cast<std::ptrdiff_t>(turn));
  }
}

}  // namespace

Trace Zipf(double exponent, uint64_t seed) {
  std::mt19937_64 random(seed);
  const ZipfRanks ranks(kBlocks, exponent);
  Trace trace{"Zipf " + std::to_string(exponent).substr(0, 3), kBlocks * kBlock, {}};
  for (int i = 0; i < kReads; ++i) trace.requests.push_back({{1, ranks.Draw(random)}, kBlock});
  return trace;
}

Trace ZipfWithScans(uint64_t seed) {
  std::mt19937_64 random(seed);
  const ZipfRanks ranks(kBlocks, 0.9);
  Trace trace{"Zipf 0.9 with scans of new blocks", kBlocks * kBlock, {}};
  uint64_t file = 1;
  for (int i = 0; i < kReads; ++i) {
    trace.requests.push_back({{1, ranks.Draw(random)}, kBlock});
    if (i % 4000 == 3999) Scan(trace.requests, ++file, 2000, 1, 1, random);
  }
  return trace;
}

Trace RepeatedScans(uint64_t seed) {
  std::mt19937_64 random(seed);
  constexpr uint32_t kTable = 4000;
  Trace trace{"table read ten times", kTable * kBlock, {}};
  for (int pass = 0; pass < 10; ++pass) Scan(trace.requests, 1, kTable, 16, 1, random);
  return trace;
}

Trace TwoJobs(uint32_t pieces, uint64_t seed) {
  std::mt19937_64 random(seed);
  constexpr uint32_t kTable = 1500;
  Trace trace{"two jobs by turns", 2 * kTable * kBlock, {}};
  if (pieces > 1) trace.name += ", blocks in " + std::to_string(pieces) + " pieces";
  for (uint64_t turn = 0; turn < 12; ++turn) {
    for (int pass = 0; pass < 3; ++pass) Scan(trace.requests, 1 + turn % 2, kTable, 16, pieces, random);
  }
  return trace;
}

Trace ShiftingSet(uint64_t seed) {
  std::mt19937_64 random(seed);
  constexpr uint32_t kSet = 2000;
  const ZipfRanks ranks(kSet, 0.9);
  std::vector<uint32_t> set(kSet);
  std::iota(set.begin(), set.end(), 0);
  uint32_t next = kSet;
  Trace trace{"working set that shifts", 0, {}};
  for (int i = 0; i < kReads; ++i) {
    trace.requests.push_back({{1, set[ranks.Draw(random)]}, kBlock});
    if (i % 5000 != 4999) continue;
    for (uint32_t n = 0; n < kSet / 10; ++n) set[Below(random, kSet)] = next++;
  }
  trace.footprint_bytes = DistinctBytes(trace.requests);
  return trace;
}

Trace MixedFiles(uint64_t seed) {
  std::mt19937_64 random(seed);
  constexpr uint32_t kFiles = 2000;
  const ZipfRanks ranks(kFiles, 0.8);
  std::vector<uint64_t> lengths(kFiles);
  // Evenly spread over the orders of magnitude: many small files, most bytes in large ones.
  for (uint64_t& length : lengths)
    length = static_cast<uint64_t>(1024 * std::pow(20 * kBlock / 1024, Fraction(random)));
  Trace trace{"whole files of all lengths", 0, {}};
  while (trace.requests.size() < kReads) {
    const uint32_t file = ranks.Draw(random);
    for (uint64_t begin = 0; begin < lengths[file]; begin += kBlock) {
      trace.requests.push_back(
          {{file, static_cast<uint32_t>(begin / kBlock)}, std::min<uint64_t>(kBlock, lengths[file] - begin)});
    }
  }
  trace.footprint_bytes = DistinctBytes(trace.requests);
  return trace;
}

}  // namespace locus::bench
