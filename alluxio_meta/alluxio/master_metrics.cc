#include "alluxio_meta/alluxio/master_metrics.h"

#include <algorithm>
#include <array>
#include <memory>

#include "common/mutex.h"

namespace locus::meta {
namespace {

void Follow(const Counter& counter, double told, double value) { counter.Increment(std::max(0.0, value - told)); }

struct Exported {
  explicit Exported(Metrics& m)
      : metrics(m),
        connected(m.GetGauge("locus_meta_master_connected", "1 while a leading Alluxio master knows us.")),
        term(m.GetGauge("locus_meta_master_term", "Leaderships met: another leader, or a restart, is one more.")),
        budget_wait(m.GetCounter("locus_meta_master_budget_wait_seconds_total",
                                 "Time for which calls to the master waited for their turn in calls_per_second.")),
        connects(Connects("ok")),
        failed_connects(Connects("failed")),
        halved_pages(m.GetCounter("locus_meta_master_halved_pages_total",
                                  "Pages of listings beyond the limit on messages, asked again in halves.")),
        retries(m.GetCounter("locus_meta_master_retries_total",
                             "Attempts after the first one of a question to the master.")) {}
  Counter Connects(const char* outcome) {
    return metrics.GetCounter("locus_meta_master_connects_total", "Attempts to connect to an Alluxio master.",
                              {{"outcome", outcome}});
  }

  void Method(size_t method, const MethodStats& now) {
    const std::string name = kMasterMethodNames[method];
    MethodStats& before = told.methods[method];
    for (size_t i = 0; i < now.outcomes.size(); ++i) {
      // Most pairs never come to be: no series for them.
      if (now.outcomes[i] == before.outcomes[i]) continue;
      const Counter calls =
          metrics.GetCounter("locus_meta_master_calls_total", "Calls to the Alluxio master that ended.",
                             {{"method", name}, {"outcome", kOutcomeNames[i]}});
      Follow(calls, static_cast<double>(before.outcomes[i]), static_cast<double>(now.outcomes[i]));
    }
    if (now.time == before.time) return;
    const Counter time = metrics.GetCounter("locus_meta_master_call_seconds_total",
                                            "Time spent in calls to the Alluxio master.", {{"method", name}});
    Follow(time, ToSeconds(before.time), ToSeconds(now.time));
  }

  void Update(const MasterStats& now) {
    connected.Set(now.connected ? 1 : 0);
    term.Set(static_cast<double>(now.term));
    for (size_t i = 0; i < now.methods.size(); ++i) Method(i, now.methods[i]);
    Follow(budget_wait, ToSeconds(told.budget_wait), ToSeconds(now.budget_wait));
    Follow(connects, static_cast<double>(told.connects), static_cast<double>(now.connects));
    Follow(failed_connects, static_cast<double>(told.failed_connects), static_cast<double>(now.failed_connects));
    Follow(halved_pages, static_cast<double>(told.halved_pages), static_cast<double>(now.halved_pages));
    Follow(retries, static_cast<double>(told.retries), static_cast<double>(now.retries));
    told = now;
  }

  Metrics& metrics;
  Gauge connected, term;
  Counter budget_wait, connects, failed_connects, halved_pages, retries;
  // What the counters show.
  MasterStats told;
  Mutex mutex;
};

}  // namespace

void ExportMaster(const MasterClient& client, Metrics& metrics) {
  const auto exported = std::make_shared<Exported>(metrics);
  metrics.OnRender([&client, exported] {
    const MasterStats now = client.Stats();
    MutexLock lock(exported->mutex);
    exported->Update(now);
  });
}

}  // namespace locus::meta
