#include "alluxio_meta/front/master_behind.h"

#include <utility>

#include "alluxio_meta/front/followed_counter.h"
#include "common/mutex.h"
#include "common/status.h"

namespace locus::meta {
namespace {

struct Exported {
  explicit Exported(Metrics& m)
      : calls(m.GetGauge("locus_meta_front_calls_under_way", "Calls under way in the front, sessions included.")),
        leader(m.GetGauge("locus_meta_front_leader", "1 while the front has a leading Alluxio master.")),
        found(m.GetCounter("locus_meta_front_leaders_found_total", "Leading masters that the front found.")),
        lost(m.GetCounter("locus_meta_front_leaders_lost_total", "Leading masters that the front left.")),
        failed(m.GetCounter("locus_meta_front_failed_searches_total", "Searches in which no master said it leads.")) {}

  Gauge calls, leader;
  FollowedCounter found, lost, failed;
  Mutex mutex;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MasterBehind>> MasterBehind::Create(const MasterOptions& options, FilterFor filter_for,
                                                                   ForwarderListener& listener, uint32_t max_calls,
                                                                   const Clock& clock) {
  LOCUS_ASSIGN_OR_RETURN(std::unique_ptr<LeaderKeeper> leader, LeaderKeeper::Create(options, clock));
  return std::unique_ptr<MasterBehind>(
      new MasterBehind(std::move(leader), std::move(filter_for), listener, max_calls, clock));
}

void MasterBehind::Start() {
  leader_->Start([this](const std::shared_ptr<const Upstream>& lost) { forwarder_.Leave(lost); });
}

std::string MasterBehind::Condition() const {
  const std::string leader = leader_->Stats().leader;
  return leader.empty() ? leader_->Problem() : "passes calls on to " + leader;
}

void MasterBehind::Export(Metrics& metrics) {
  metrics.OnRender([this, exported = std::make_shared<Exported>(metrics)] {
    const LeaderKeeperStats stats = leader_->Stats();
    MutexLock lock(exported->mutex);
    exported->calls.Set(static_cast<double>(forwarder_.calls()));
    exported->leader.Set(stats.leader.empty() ? 0 : 1);
    exported->found.To(stats.found);
    exported->lost.To(stats.lost);
    exported->failed.To(stats.failed_searches);
  });
}

}  // namespace locus::meta
