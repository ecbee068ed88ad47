// What an agent tells Prometheus.
#include <string>
#include <utility>

#include "cache_worker/agent.h"
#include "cache_worker/config.h"
#include "cache_worker/worker_traffic.h"

namespace locus::worker {
namespace {

const std::vector<double> kHandoverSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};
constexpr const char* kReasons[kListReasons] = {"start", "rescan", "overflow", "new_folder"};

}  // namespace

void Agent::MakeWatcher() {
  const Histogram handover = node_.metrics().GetHistogram(
      "locus_worker_agent_handover_seconds",
      "Time from the last change of a block file to its hand-over to the report stream.", kHandoverSeconds);
  WatcherOptions options;
  options.rescan = ToDuration(config_.agent().rescan());
  options.handed_over = [handover](Duration d) { handover.Observe(ToSeconds(d)); };
  watcher_ = std::make_unique<FolderWatcher>(folders_, *kernel_, blocks_, std::move(options), clock_);
}

void Agent::ExportMetrics() {
  const WatcherStats& stats = watcher_->stats();
  const auto counter = [this](const std::string& name, const std::string& help, const std::atomic<uint64_t>& total,
                              const Labels& labels = {}) {
    node_.exported().AddCounter(name, help, labels, [&total] { return total.load(); });
  };
  for (const TierUse& use : blocks_.Usage()) {
    const Labels labels = {{"tier", std::string(TierName(use.tier))}};
    const auto of_tier = [this, tier = use.tier](uint64_t TierUse::*field) {
      for (const TierUse& u : blocks_.Usage()) {
        if (u.tier == tier) return static_cast<double>(u.*field);
      }
      return 0.0;
    };
    node_.exported().AddGauge("locus_worker_agent_blocks", "Blocks of the Alluxio worker in the tier.", labels,
                              [this, tier = use.tier] { return static_cast<double>(blocks_.blocks(tier)); });
    node_.exported().AddGauge("locus_worker_used_bytes", "Bytes of blocks in the tier.", labels,
                              [of_tier] { return of_tier(&TierUse::used_bytes); });
    node_.exported().AddGauge("locus_worker_capacity_bytes", "Quota of the tier.", labels,
                              [of_tier] { return of_tier(&TierUse::capacity_bytes); });
  }
  const std::string events =
      "Events in the tier folders by kind: a block file arrived, went, or began to be written "
      "in place; other names.";
  counter("locus_worker_agent_events_total", events, stats.arrived, {{"kind", "arrived"}});
  counter("locus_worker_agent_events_total", events, stats.gone, {{"kind", "gone"}});
  counter("locus_worker_agent_events_total", events, stats.begun, {{"kind", "begun"}});
  counter("locus_worker_agent_events_total", events, stats.other, {{"kind", "other"}});
  counter("locus_worker_agent_overflows_total", "Times that the kernel dropped events; every folder is listed then.",
          stats.overflows);
  for (size_t i = 0; i < kListReasons; ++i) {
    counter("locus_worker_agent_listings_total", "Folders listed in full, by reason.", stats.listings[i],
            {{"reason", kReasons[i]}});
  }
  counter("locus_worker_agent_corrections_total", "Blocks that a rescan found otherwise than the events had told.",
          stats.corrections);
  node_.exported().AddCounter("locus_worker_agent_blocks_over_limit_total",
                              "Block files left out because too many are known already.", {},
                              [this] { return blocks_.over_limit(); });
  node_.exported().AddGauge("locus_worker_agent_folders_missing", "Tier folders that are not there or cannot be read.",
                            {}, [&stats] { return static_cast<double>(stats.missing.load()); });
  ExportTraffic(traffic_.get(), node_.exported());
  if (probe_ == nullptr) return;
  node_.exported().AddGauge("locus_worker_agent_serving",
                            "1 while the Alluxio worker takes connections, 0 while not, -1 while that is not known.",
                            {}, [this] {
                              const std::optional<bool> serving = probe_->serving();
                              return !serving ? -1.0 : *serving ? 1.0 : 0.0;
                            });
  node_.exported().AddCounter("locus_worker_agent_probes_total", "Attempts to connect to the Alluxio worker.", {},
                              [this] { return probe_->attempts(); });
  node_.exported().AddCounter("locus_worker_agent_serving_changes_total", "Changes of what the probe tells.", {},
                              [this] { return probe_->changes(); });
}

}  // namespace locus::worker
