// What a worker tells Prometheus.
#include <string>
#include <utility>

#include "cache_worker/worker.h"

namespace locus::worker {

void Worker::ExportReadMetrics() {
  const ReadStats& reads = reads_->stats();
  const auto counter = [this](const std::string& name, const std::string& help, std::function<uint64_t()> read,
                              const Labels& labels = {}) {
    node_.exported().AddCounter(name, help, labels, std::move(read));
  };
  counter("locus_worker_hits_total", "Blocks that a read found in the cache.", [&reads] { return reads.hits.load(); });
  counter("locus_worker_misses_total", "Blocks that a read did not find in the cache.",
          [&reads] { return reads.misses.load(); });
  const std::string bytes_help = "Bytes handed to readers, by where they came from.";
  counter("locus_worker_read_bytes_total", bytes_help, [&reads] { return reads.bytes[0].load(); },
          {{"source", "ORIGIN"}});
  for (const TierUse& use : store_.Usage()) {
    const auto index = static_cast<size_t>(use.tier);
    counter("locus_worker_read_bytes_total", bytes_help, [&reads, index] { return reads.bytes[index].load(); },
            {{"source", std::string(TierName(use.tier))}});
  }
  counter("locus_worker_fetched_bytes_total", "Bytes of blocks fetched into the cache.",
          [&reads] { return reads.fetched_bytes.load(); });
  counter("locus_worker_bypassed_blocks_total", "Blocks read past the cache because it could not take them.",
          [&reads] { return reads.bypassed.load(); });
  counter("locus_worker_changed_files_total", "Reads that met a file that was being changed.",
          [&reads] { return reads.changed.load(); });
  counter("locus_worker_refused_calls_total", "Calls refused because too many were in progress.",
          [this] { return service_->refused(); });
}

}  // namespace locus::worker
