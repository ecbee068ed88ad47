// What a worker tells of those it serves, in Status and to Prometheus.
#include <string>

#include "cache_worker/data_http.h"
#include "cache_worker/worker.h"

namespace locus::worker {

uint32_t Worker::Readers() const {
  const uint64_t by_http = data_http_ == nullptr ? 0 : data_http_->stats().sending.load();
  return static_cast<uint32_t>(service_->reading()) + static_cast<uint32_t>(by_http);
}

void Worker::FillServing(v1::StatusResponse& response) const {
  const ReadStats& reads = reads_->stats();
  const auto add = [&](v1::Tier tier, uint64_t bytes) {
    v1::TierBytes* const served = response.add_served();
    served->set_tier(tier);
    served->set_bytes(bytes);
  };
  add(v1::TIER_UNSPECIFIED, reads.bytes[0]);
  for (const v1::TierUsage& tier : response.tiers()) add(tier.tier(), reads.bytes[static_cast<size_t>(tier.tier())]);
  response.set_hits(reads.hits);
  response.set_misses(reads.misses);
  response.set_fetched_bytes(reads.fetched_bytes);
  response.set_readers(Readers());
  response.set_fetching(reads.fetching);
  response.set_queued(reads.queued);
}

void Worker::ExportServingMetrics() {
  const ReadStats& reads = reads_->stats();
  const auto gauge = [this](const std::string& name, const std::string& help, std::function<double()> read) {
    node_.exported().AddGauge(name, help, {}, std::move(read));
  };
  gauge("locus_worker_readers", "Reads under way.", [this] { return static_cast<double>(Readers()); });
  gauge("locus_worker_loads", "Loads under way.", [this] { return static_cast<double>(service_->loading()); });
  gauge("locus_worker_fetching", "Reads of the under-store under way.",
        [&reads] { return static_cast<double>(reads.fetching); });
  gauge("locus_worker_fetches_queued", "Reads of the under-store that wait until others end.",
        [&reads] { return static_cast<double>(reads.queued); });
  if (data_http_ != nullptr) ExportDataHttp(*data_http_, node_.exported());
}

}  // namespace locus::worker
