// What a worker tells Prometheus.
#include <string>
#include <utility>

#include "cache_worker/store_metrics.h"
#include "cache_worker/worker.h"

namespace locus::worker {

void Worker::ExportReadMetrics() {
  const ReadStats& reads = reads_->stats();
  const auto counter = [this](const std::string& name, const std::string& help, std::function<uint64_t()> read,
                              const Labels& labels = {}) {
    node_.exported().AddCounter("locus_worker_" + name, help, labels, std::move(read));
  };
  counter("hits_total", "Blocks that a read found in the cache.", [&reads] { return reads.hits.load(); });
  counter("misses_total", "Blocks that a read did not find in the cache.", [&reads] { return reads.misses.load(); });
  const std::string bytes_help = "Bytes handed to readers, by where they came from.";
  counter("read_bytes_total", bytes_help, [&reads] { return reads.bytes[0].load(); }, {{"source", "ORIGIN"}});
  for (const TierUse& use : store_.Usage()) {
    const auto index = static_cast<size_t>(use.tier);
    counter("read_bytes_total", bytes_help, [&reads, index] { return reads.bytes[index].load(); },
            {{"source", std::string(TierName(use.tier))}});
  }
  counter("fetched_bytes_total", "Bytes of blocks fetched into the cache.",
          [&reads] { return reads.fetched_bytes.load(); });
  counter("bypassed_blocks_total", "Blocks read past the cache because it could not take them.",
          [&reads] { return reads.bypassed.load(); });
  counter("changed_files_total", "Reads that met a file that was being changed.",
          [&reads] { return reads.changed.load(); });
  counter("refused_calls_total", "Calls refused because too many were in progress.",
          [this] { return service_->refused(); });
}

void Worker::ExportStoreMetrics() {
  ExportTierMetrics(store_, node_.exported());
  for (const TierUse& use : store_.Usage()) {
    const Labels labels = {{"tier", std::string(TierName(use.tier))}};
    const auto of_tier = [this, tier = use.tier](uint64_t TierUse::*field) {
      for (const TierUse& u : store_.Usage()) {
        if (u.tier == tier) return static_cast<double>(u.*field);
      }
      return 0.0;
    };
    node_.exported().AddGauge("locus_worker_used_bytes", "Bytes of blocks in the tier.", labels,
                              [of_tier] { return of_tier(&TierUse::used_bytes); });
    node_.exported().AddGauge("locus_worker_capacity_bytes", "Quota of the tier.", labels,
                              [of_tier] { return of_tier(&TierUse::capacity_bytes); });
  }
  node_.exported().AddCounter("locus_worker_evictions_total", "Blocks evicted to make room.", {},
                              [this] { return store_.Stats().evictions; });
  node_.exported().AddCounter("locus_worker_torn_blocks_total",
                              "Blocks dropped because their checksum or size was wrong.", {},
                              [this] { return store_.Stats().torn_blocks; });
  node_.exported().AddGauge("locus_worker_stuck_files", "Files that have to go and cannot be removed.", {},
                            [this] { return static_cast<double>(store_.Stats().stuck_files); });
  node_.exported().AddGauge("locus_worker_blocks", "Blocks in the cache.", {},
                            [this] { return static_cast<double>(store_.Stats().blocks); });
}

}  // namespace locus::worker
