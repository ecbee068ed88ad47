#include "alluxio_meta/catalog/catalog_metrics.h"

#include <memory>

#include "common/mutex.h"

namespace locus::meta {
namespace {

// A counter that follows a figure which only grows.
struct Following {
  Counter counter;
  uint64_t told = 0;
  void Reach(uint64_t value) {
    counter.Increment(static_cast<double>(value - told));
    told = value;
  }
};

struct Exported {
  explicit Exported(Metrics& m)
      : live(Workers(m, "live")),
        syncing(Workers(m, "syncing")),
        lost(Workers(m, "lost")),
        known(Paths(m, "known")),
        unknown(Paths(m, "unknown")),
        pending(Paths(m, "pending")),
        replicas(m.GetGauge("locus_meta_replicas", "Blocks on holders, each holder counted.")),
        files(m.GetGauge("locus_meta_files", "Files in the index.")),
        epoch(m.GetGauge("locus_meta_epoch", "Version of the index.")),
        under_way(m.GetGauge("locus_meta_listings_under_way", "Listings asked of workers and not answered.")),
        unmatched(m.GetGauge("locus_meta_unmatched_workers", "Workers without a Kubernetes node.")),
        awaited(m.GetGauge("locus_meta_awaited_workers",
                           "Workers that have not registered with a restarted Alluxio master yet.")),
        reporting(m.GetGauge("locus_meta_reporting_workers", "Workers whose own reports tell of their blocks.")),
        clocks_off(m.GetGauge("locus_meta_worker_clocks_off",
                              "Workers whose wall clock is more than 30 s ahead of or behind this machine's.")),
        stale(m.GetGauge("locus_meta_stale", "1 while the picture is known to be out of date.")),
        unasked(m.GetGauge("locus_meta_unasked_blocks", "Reported blocks of files that nobody has asked for.")),
        age(m.GetGauge("locus_meta_news_age_seconds", "Age of the oldest news that answers rest on.")),
        listings{m.GetCounter("locus_meta_listings_total", "Listings that workers have ended."), 0},
        snapshots{m.GetCounter("locus_meta_snapshots_total", "Snapshots that workers have completed."), 0},
        resyncs{m.GetCounter("locus_meta_resyncs_total", "Streams ended so that a worker repeats its snapshot."), 0},
        vanished{m.GetCounter("locus_meta_vanished_files_total", "Files that a listing no longer named."), 0} {
    for (const char* reason : kRejectNames) {
      rejects.push_back(
          {m.GetCounter("locus_meta_rejected_items_total", "News ignored, by reason.", {{"reason", reason}}), 0});
    }
    for (const char* limit : kLimitNames) {
      limits.push_back({m.GetCounter("locus_meta_limit_hits_total", "Bounds that were hit.", {{"limit", limit}}), 0});
    }
    for (const char* kind : kDifferenceNames) {
      differences.push_back({m.GetCounter("locus_meta_source_differences_total",
                                          "Blocks on which a worker's report and the Alluxio master differed at a "
                                          "listing; the report holds.",
                                          {{"kind", kind}}),
                             0});
    }
  }
  static Gauge Workers(Metrics& m, const char* state) {
    return m.GetGauge("locus_meta_workers", "Known workers by state.", {{"state", state}});
  }
  static Gauge Paths(Metrics& m, const char* state) {
    return m.GetGauge("locus_meta_paths_of_interest", "Paths that somebody asks for, by state.", {{"state", state}});
  }

  Gauge live, syncing, lost, known, unknown, pending, replicas, files, epoch, under_way;
  Gauge unmatched, awaited, reporting, clocks_off, stale, unasked, age;
  Following listings, snapshots, resyncs, vanished;
  std::vector<Following> rejects, limits, differences;
  Mutex mutex;
};

}  // namespace

void ExportCatalog(const Catalog& catalog, Metrics& metrics) {
  const auto exported = std::make_shared<Exported>(metrics);
  metrics.OnRender([&catalog, exported] {
    Exported& e = *exported;
    const CatalogStats s = catalog.Stats();
    MutexLock lock(e.mutex);
    e.live.Set(static_cast<double>(s.live));
    e.syncing.Set(static_cast<double>(s.syncing));
    e.lost.Set(static_cast<double>(s.lost));
    e.known.Set(static_cast<double>(s.known));
    e.unknown.Set(static_cast<double>(s.unknown));
    e.pending.Set(static_cast<double>(s.pending));
    e.replicas.Set(static_cast<double>(s.replicas));
    e.files.Set(static_cast<double>(s.files));
    e.epoch.Set(static_cast<double>(s.epoch));
    e.under_way.Set(static_cast<double>(s.listings_under_way));
    e.unmatched.Set(static_cast<double>(s.unmatched));
    e.awaited.Set(static_cast<double>(s.awaited));
    e.reporting.Set(static_cast<double>(s.reporting));
    e.clocks_off.Set(static_cast<double>(s.clocks_off));
    e.stale.Set(s.stale ? 1 : 0);
    e.unasked.Set(static_cast<double>(s.unasked_blocks));
    e.age.Set(ToSeconds(catalog.FreshnessNow().age));
    e.listings.Reach(s.listings);
    e.snapshots.Reach(s.snapshots);
    e.resyncs.Reach(s.resyncs);
    e.vanished.Reach(s.vanished_files);
    for (size_t i = 0; i < e.rejects.size(); ++i) e.rejects[i].Reach(s.rejects[i]);
    for (size_t i = 0; i < e.limits.size(); ++i) e.limits[i].Reach(s.limits[i]);
    for (size_t i = 0; i < e.differences.size(); ++i) e.differences[i].Reach(s.differences[i]);
  });
}

}  // namespace locus::meta
