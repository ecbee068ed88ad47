// eviction_bench
//
// Hit rates of each policy that store.eviction can name, beside the best possible ones, on traces made from seeds: a
// Markdown table, as in docs/cache-worker.md. The same numbers at each run; only the times differ.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "cache_worker/store/eviction_by_name.h"
#include "tests/bench/eviction/belady.h"
#include "tests/bench/eviction/trace.h"
#include "tests/unit/cache_worker/support/simulated_cache.h"

namespace {

using namespace locus::bench;
using locus::worker::EvictionByName;
using locus::worker::kEvictionNames;
using locus::worker::SimulatedCache;

constexpr uint64_t kSeed = 20'240'601;
constexpr uint64_t kBlock = 64 << 20;

// What became of one policy over all rows.
struct Score {
  double of_best = 0;
  double worst = 1;
  double seconds = 0;
  uint64_t requests = 0;
};

HitRates Run(const std::string_view policy, const Trace& trace, uint64_t capacity, Score* score) {
  SimulatedCache cache(EvictionByName(policy)(), capacity);
  uint64_t hits = 0, hit_bytes = 0, bytes = 0;
  const auto start = std::chrono::steady_clock::now();
  for (const Request& request : trace.requests) {
    const bool hit = cache.Read(request.key, request.bytes);
    hits += hit ? 1 : 0;
    hit_bytes += hit ? request.bytes : 0;
    bytes += request.bytes;
  }
  score->seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  score->requests += trace.requests.size();
  return {static_cast<double>(hits) / static_cast<double>(trace.requests.size()),
          static_cast<double>(hit_bytes) / static_cast<double>(bytes)};
}

class Table {
 public:
  Table() {
    std::printf("| reads | cache |");
    for (const std::string_view name : kEvictionNames) std::printf(" %s |", std::string(name).c_str());
    std::printf(" best possible |\n|---|---|");
    for (size_t i = 0; i <= std::size(kEvictionNames); ++i) std::printf("---|");
    std::printf("\n");
  }

  // `share`: size of the cache, of the trace's footprint.
  void Row(const Trace& trace, double share, const std::string& size) {
    // Whole blocks, so that the best possible is exact where all blocks are alike.
    const auto blocks = static_cast<uint64_t>(static_cast<double>(trace.footprint_bytes) * share) / kBlock;
    const uint64_t capacity = std::max<uint64_t>(1, blocks) * kBlock;
    const HitRates best = BestPossible(trace.requests, capacity);
    const bool alike = std::all_of(trace.requests.begin(), trace.requests.end(),
                                   [](const Request& request) { return request.bytes == kBlock; });
    std::printf("| %s | %s |", trace.name.c_str(), size.c_str());
    for (const std::string_view name : kEvictionNames) {
      Score& score = scores_[std::string(name)];
      const HitRates rates = Run(name, trace, capacity, &score);
      if (!alike) std::printf(" %.1f, of the bytes", 100 * rates.requests);
      std::printf(" %.1f |", 100 * rates.bytes);
      score.of_best += rates.bytes / best.bytes;
      score.worst = std::min(score.worst, rates.bytes / best.bytes);
    }
    std::printf("%s %.1f |\n", alike ? "" : " of the bytes", 100 * best.bytes);
    ++rows_;
  }

  void Sum() {
    for (const std::string_view name : kEvictionNames) {
      const Score& score = scores_[std::string(name)];
      std::printf("%s: %.2f of the best possible in the mean, %.2f at the worst; %.2f us a read\n",
                  std::string(name).c_str(), score.of_best / rows_, score.worst,
                  1e6 * score.seconds / static_cast<double>(score.requests));
    }
  }

 private:
  std::map<std::string, Score> scores_;
  int rows_ = 0;
};

}  // namespace

int main() {
  Table table;
  const std::vector<Trace> traces = {Zipf(0.7, kSeed),   Zipf(0.9, kSeed),  Zipf(1.1, kSeed),  ZipfWithScans(kSeed),
                                     ShiftingSet(kSeed), TwoJobs(1, kSeed), TwoJobs(4, kSeed), MixedFiles(kSeed)};
  for (const Trace& trace : traces) {
    for (const double share : {0.01, 0.1, 0.25}) {
      table.Row(trace, share, std::to_string(static_cast<int>(100 * share)) + " %");
    }
  }
  const Trace scans = RepeatedScans(kSeed);
  for (const double times : {0.5, 1.2, 2.0, 4.0}) {
    char size[64];
    std::snprintf(size, sizeof size, "table %.1f times the cache", times);
    table.Row(scans, 1 / times, size);
  }
  std::printf("\n");
  table.Sum();
  return 0;
}
