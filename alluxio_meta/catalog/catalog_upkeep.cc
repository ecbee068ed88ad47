// What the catalog does as time passes.
#include <algorithm>
#include <limits>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/mounts/canonical_path.h"
#include "common/clock_offset.h"
#include "common/log.h"

namespace locus::meta {
namespace {

constexpr Duration kSweepInterval = std::chrono::milliseconds(50);
// Walks over all paths of interest.
constexpr Duration kExpiryInterval = std::chrono::seconds(1);

}  // namespace

Catalog::Catalog(CatalogOptions options, MountTable mounts, const Clock& clock)
    : options_(options),
      configured_mounts_(std::move(mounts)),
      clock_(clock),
      started_(clock.Now()),
      index_(options.index, options.source == Source::kWorkers ? Namespace::kHolders : Namespace::kMaster),
      interest_(options.interest),
      workers_(options.workers),
      mounts_(configured_mounts_),
      mounts_told_(options.source == Source::kWorkers),
      last_news_(started_),
      oldest_heard_(started_) {}

Catalog::~Catalog() = default;

uint32_t Catalog::ListingLimit() const {
  return static_cast<uint32_t>(std::min<uint64_t>(options_.index.max_files, std::numeric_limits<uint32_t>::max()));
}

std::vector<Catalog::Sending> Catalog::PlanLocked(SteadyTime now) {
  std::vector<Sending> orders;
  std::span<const uint64_t> listers = workers_.speakers();
  if (has_master()) listers = std::span(&kMirrorStream, mirror_ == nullptr || workers_.MasterIsAway(now) ? 0 : 1);
  for (InterestTable::Order* order : interest_.Plan(listers, now)) {
    order->listing = index_.BeginListing();
    order->term = workers_.term();
    orders.push_back({has_master() ? mirror_ : streams_.at(order->worker).link, order->request, order->path});
  }
  return orders;
}

void Catalog::Send(const std::vector<Sending>& orders) {
  for (const Sending& order : orders) order.link->AskListing(order.request, order.path, ListingLimit());
}

void Catalog::SweepLocked(SteadyTime now, std::vector<std::shared_ptr<WorkerLink>>* cuts) {
  const WorkerTable::Swept swept = workers_.Sweep(now);
  for (const HolderId holder : swept.silenced) {
    LogWarning("agent silent: the master's word holds for its worker",
               {{"host", workers_.OfHolder(holder).address.host}, {"node", workers_.OfHolder(holder).node}});
    SetSpeakerLocked(workers_.OfHolder(holder));
  }
  if (has_master()) JudgeLocked(now);
  if (!swept.lost.empty()) index_.SetCounting(swept.lost, false);
  for (const HolderId holder : swept.lost) {
    const Worker& worker = workers_.OfHolder(holder);
    LogWarning("worker lost", {{"host", worker.address.host}, {"node", worker.node}});
    if (worker.stream != 0) interest_.WorkerGone(worker.stream, now);
  }
  for (const HolderId holder : swept.forgotten) index_.DropHolder(holder);
  for (const uint64_t stream : swept.streams) {
    cuts->push_back(streams_[stream].link);
    streams_.erase(stream);
    interest_.WorkerGone(stream, now);
  }
  // A replaced peer that still speaks has been told by now; the others never will be.
  std::erase_if(retired_, [&](const auto& entry) {
    if (now - entry.second.since < options_.workers.lost_after) return false;
    if (auto link = entry.second.link.lock()) cuts->push_back(std::move(link));
    return true;
  });
  const size_t silent = interest_.GiveUpSilent(now);
  for (size_t i = 0; i < silent; ++i) CountLocked(Limit::kListingSilent);
}

void Catalog::ExpireLocked(SteadyTime now) {
  const auto covered = [this](std::string_view path) { return interest_.Covers(path); };
  for (const InterestTable::Interest& interest : interest_.Expire(now)) {
    index_.Unfollow(interest.tag);
    if (!covered(interest.path)) index_.Forget(interest.path, covered);
  }
  for (const FileId id : index_.TakeIdle()) idle_.emplace_back(now, id);
  while (!idle_.empty() && now - idle_.front().first >= options_.interest.ttl) {
    index_.ReviewIdle(idle_.front().second, covered);
    idle_.pop_front();
  }
}

void Catalog::Tick() {
  std::vector<Sending> orders;
  std::vector<std::shared_ptr<WorkerLink>> cuts;
  {
    MutexLock lock(mutex_);
    const SteadyTime now = clock_.Now();
    if (now >= next_sweep_) {
      next_sweep_ = now + kSweepInterval;
      SweepLocked(now, &cuts);
    }
    if (now >= next_expiry_) {
      next_expiry_ = now + kExpiryInterval;
      ExpireLocked(now);
    }
    orders = PlanLocked(now);
    const std::pair<uint64_t, uint64_t> versions(workers_.version(), workers_.load_version());
    if (pulsed_epoch_ != index_.epoch() || pulsed_workers_ != versions) {
      pulsed_epoch_ = index_.epoch();
      pulsed_workers_ = versions;
      PulseLocked();
    }
  }
  Send(orders);
  for (const auto& link : cuts) link->Cut();
}

void Catalog::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  answered_.NotifyAll();
  PulseLocked();
}

std::vector<std::string> Catalog::Interests() const {
  MutexLock lock(mutex_);
  return interest_.Paths();
}

void Catalog::Restore(std::span<const std::string> paths) {
  MutexLock lock(mutex_);
  const SteadyTime now = clock_.Now();
  for (const std::string& path : paths) {
    Target target;
    absl::StatusOr<PathPattern> pattern = PathPattern::Parse(path);
    if (!IsCanonicalPath(path) || !pattern.ok() || pattern->is_glob()) continue;
    target.input = path;
    target.pattern = std::move(pattern).value();
    if (InterestLocked(target, now) != nullptr) restored_.push_back(path);
  }
}

SyncFacts Catalog::Sync() {
  MutexLock lock(mutex_);
  SyncFacts facts;
  facts.master_problem = MasterProblemLocked();
  facts.mounts_told = mounts_told_;
  facts.takes_reports = options_.source != Source::kAlluxio;
  facts.workers = workers_.all().size();
  facts.untold = workers_.untold();
  facts.newcomer = newcomer_;
  const bool answered = has_master() ? facts.master_problem.empty() : !workers_.speakers().empty();
  if (!answered) return facts;
  std::erase_if(restored_, [this](const std::string& path) {
    const InterestTable::Interest* interest = interest_.Find(path);
    // One that cannot be listed is no reason to wait.
    return interest == nullptr || interest->state != InterestState::kPending || !interest->problem.empty();
  });
  facts.unlisted = restored_.size();
  return facts;
}

CatalogStats Catalog::Stats() const {
  MutexLock lock(mutex_);
  CatalogStats stats = stats_;
  stats.live = workers_.CountOf(WorkerState::kLive);
  stats.syncing = workers_.CountOf(WorkerState::kSyncing);
  stats.lost = workers_.CountOf(WorkerState::kLost);
  stats.replicas = index_.replicas();
  stats.files = index_.files();
  stats.epoch = index_.epoch();
  stats.known = interest_.CountOf(InterestState::kKnown);
  stats.unknown = interest_.CountOf(InterestState::kUnknown);
  stats.pending = interest_.CountOf(InterestState::kPending);
  stats.listings_under_way = interest_.in_flight();
  stats.awaited = workers_.awaited();
  stats.stale = IsStaleLocked(clock_.Now());
  stats.master_term = workers_.term();
  stats.unasked_blocks = index_.unasked_blocks();
  for (const auto& [address, worker] : workers_.all()) {
    stats.unmatched += worker.node.empty() ? 1 : 0;
    stats.clocks_off += worker.clock_ahead.has_value() && ClocksDiffer(*worker.clock_ahead) ? 1 : 0;
    stats.reporting += worker.stream != 0 && index_.SpeakerOf(worker.holder) == Speaker::kReport ? 1 : 0;
  }
  return stats;
}

}  // namespace locus::meta
