#include "cache_worker/alluxio_metrics.h"

#include <atomic>
#include <string>
#include <utility>

#include "cache_worker/store/block.h"

namespace locus::worker {
namespace {

class Exporter {
 public:
  explicit Exporter(MetricsExport& exported) : exported_(exported) {}

  void Count(const std::string& name, const std::string& help, const std::atomic<uint64_t>& total,
             const Labels& labels = {}) {
    exported_.AddCounter(name, help, labels, [&total] { return total.load(); });
  }
  void Gauge(const std::string& name, const std::string& help, std::function<double()> read) {
    exported_.AddGauge(name, help, {}, std::move(read));
  }

 private:
  MetricsExport& exported_;
};

}  // namespace

void ExportAlluxioServer(const AlluxioServer& server, MetricsExport& exported) {
  Exporter to(exported);
  const AlluxioServerStats& stats = server.stats();
  to.Gauge("locus_worker_alluxio_streams", "Blocks that Alluxio clients are reading.",
           [&stats] { return static_cast<double>(stats.streams.load()); });
  to.Gauge("locus_worker_alluxio_sessions", "Authenticated connections of Alluxio clients.",
           [&server] { return static_cast<double>(server.sessions().sessions()); });
  to.Gauge("locus_worker_alluxio_read_memory_bytes",
           "Block bytes in memory on their way to Alluxio clients, of those that they share.",
           [&server] { return static_cast<double>(server.read_memory()); });
  to.Gauge("locus_worker_alluxio_waiting_orders", "Blocks that wait to be cached by order of a client or the master.",
           [&server] { return static_cast<double>(server.waiting_orders()); });
  to.Count("locus_worker_alluxio_reads_total", "Reads of blocks that Alluxio clients began.", stats.reads);
  to.Count("locus_worker_alluxio_hits_total", "Reads that found the block cached.", stats.hits);
  to.Count("locus_worker_alluxio_misses_total", "Reads for which the block was fetched.", stats.misses);
  to.Count("locus_worker_alluxio_failed_reads_total", "Reads that ended in an error.", stats.failed_reads);
  to.Count("locus_worker_alluxio_reopened_total",
           "Reads that met a damaged copy of their block and went on with another.", stats.reopened);
  const std::string bytes = "Bytes handed to Alluxio clients, by where they came from.";
  to.Count("locus_worker_alluxio_read_bytes_total", bytes, stats.bytes[0], {{"source", "ORIGIN"}});
  for (const Tier tier : kAllTiers) {
    to.Count("locus_worker_alluxio_read_bytes_total", bytes, stats.bytes[static_cast<size_t>(tier)],
             {{"source", std::string(TierName(tier))}});
  }
  const std::string refused = "Calls of Alluxio clients refused, by reason.";
  to.Count("locus_worker_alluxio_refused_total", refused, stats.unauthenticated, {{"reason", "unauthenticated"}});
  to.Count("locus_worker_alluxio_refused_total", refused, stats.too_many_streams, {{"reason", "too_many_streams"}});
  to.Count("locus_worker_alluxio_refused_total", refused, stats.writes_refused, {{"reason", "write"}});
  const std::string orders = "Blocks that a client or the master wanted cached, by what became of it.";
  to.Count("locus_worker_alluxio_orders_total", orders, stats.cached, {{"outcome", "cached"}});
  to.Count("locus_worker_alluxio_orders_total", orders, stats.cache_failed, {{"outcome", "failed"}});
  to.Count("locus_worker_alluxio_orders_total", orders, stats.cache_dropped, {{"outcome", "dropped"}});
}

void ExportMembership(const MasterLink& link, const MasterBlocks& blocks, MetricsExport& exported) {
  Exporter to(exported);
  const MasterLinkStats& stats = link.stats();
  to.Gauge("locus_worker_alluxio_registered", "1 while the Alluxio master has this worker among its own.",
           [&link] { return link.registered() ? 1.0 : 0.0; });
  to.Count("locus_worker_alluxio_registrations_total", "Registrations with the Alluxio master.", stats.registrations);
  to.Count("locus_worker_alluxio_failed_attempts_total", "Connections to the Alluxio master that failed or were lost.",
           stats.failed_attempts);
  to.Count("locus_worker_alluxio_heartbeats_total", "Heartbeats that the Alluxio master took.", stats.heartbeats);
  to.Count("locus_worker_alluxio_failed_heartbeats_total", "Heartbeats that failed.", stats.failed_heartbeats);
  to.Count("locus_worker_alluxio_commits_total", "Blocks told to the Alluxio master when they were cached.",
           stats.commits);
  to.Count("locus_worker_alluxio_failed_commits_total", "Blocks that the Alluxio master was to be told of, in vain.",
           stats.failed_commits);
  to.Count("locus_worker_alluxio_freed_blocks_total", "Blocks dropped because the Alluxio master said so.",
           stats.freed);
  exported.AddCounter("locus_worker_alluxio_fetched_bytes_total", "Bytes of blocks fetched into the cache.", {},
                      [&blocks] { return blocks.fetched_bytes(); });
  exported.AddCounter("locus_worker_alluxio_changed_files_total",
                      "Blocks not read because the under-store has another content than Alluxio knows.", {},
                      [&blocks] { return blocks.changed(); });
}

}  // namespace locus::worker
