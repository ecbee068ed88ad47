#include "alluxio_meta/front/leader_keeper.h"

#include <algorithm>
#include <utility>

#include "alluxio_meta/alluxio/dial.h"
#include "common/endpoint.h"
#include "common/log.h"
#include "common/status.h"

namespace locus::meta {
namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(100);
// Questions who leads, of all masters together: far beyond what the pauses allow.
constexpr double kQuestionsPerSecond = 1000;

}  // namespace

absl::StatusOr<std::unique_ptr<LeaderKeeper>> LeaderKeeper::Create(const MasterOptions& options, const Clock& clock) {
  absl::StatusOr<std::vector<Endpoint>> masters = ParseEndpoints(options.masters);
  if (!masters.ok()) return Annotate(masters.status(), "alluxio.masters");
  return std::unique_ptr<LeaderKeeper>(new LeaderKeeper(options, std::move(*masters), clock));
}

LeaderKeeper::LeaderKeeper(const MasterOptions& options, std::vector<Endpoint> masters, const Clock& clock)
    : calls_(kQuestionsPerSecond, clock),
      finder_(std::move(masters), options.connect_timeout, DialWith(options), calls_),
      backoff_(std::min(kFirstPause, options.reconnect_max), options.reconnect_max, options.seed) {}

LeaderKeeper::~LeaderKeeper() { Stop(); }

void LeaderKeeper::Start(OnLost on_lost) {
  on_lost_ = std::move(on_lost);
  thread_ = std::thread([this] { Run(); });
}

void LeaderKeeper::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  calls_.Stop();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const Upstream> LeaderKeeper::Current() {
  MutexLock lock(mutex_);
  return current_;
}

std::string LeaderKeeper::Problem() const {
  MutexLock lock(mutex_);
  return problem_;
}

void LeaderKeeper::Doubt(const std::shared_ptr<const Upstream>& upstream) {
  MutexLock lock(mutex_);
  if (current_ != upstream) return;
  doubted_ = true;
  changed_.NotifyAll();
}

LeaderKeeperStats LeaderKeeper::Stats() const {
  MutexLock lock(mutex_);
  LeaderKeeperStats stats = stats_;
  stats.leader = current_ == nullptr ? "" : current_->master;
  return stats;
}

void LeaderKeeper::Run() {
  for (;;) {
    while (!Search()) {
      if (!calls_.Pause(backoff_.Next())) return;
    }
    backoff_.Reset();
    do {
      if (!AwaitCheck()) return;
    } while (StillLeads());
    if (calls_.stopped()) return;
    Lose(Current());
  }
}

bool LeaderKeeper::StillLeads() {
  const grpc::Status said = finder_.Confirm(leader_);
  if (said.ok()) return true;
  finder_.Doubt();
  if (said.error_code() != grpc::DEADLINE_EXCEEDED) return false;
  const absl::StatusOr<Leader> other = finder_.Find();
  if (!other.ok()) return true;
  return other->address == leader_.address && finder_.Confirm(leader_).ok();
}

bool LeaderKeeper::Search() {
  absl::StatusOr<Leader> leader = finder_.Find();
  MutexLock lock(mutex_);
  if (!leader.ok()) {
    if (!told_ && !calls_.stopped()) {
      LogWarning("the front finds no leading Alluxio master", {{"reason", MessageOf(leader.status())}});
      told_ = true;
    }
    ++stats_.failed_searches;
    problem_ = MessageOf(leader.status());
    return false;
  }
  told_ = false;
  leader_ = *std::move(leader);
  current_ = std::make_shared<const Upstream>(leader_.address.Text(), leader_.channel);
  doubted_ = false;
  problem_.clear();
  ++stats_.found;
  LogInfo("the front has a leading Alluxio master", {{"master", current_->master}});
  return true;
}

bool LeaderKeeper::AwaitCheck() {
  if (!calls_.Pause(kShortestCheck)) return false;
  MutexLock lock(mutex_);
  changed_.WaitFor(mutex_, kCheck, [this] { return stopping_ || doubted_; });
  doubted_ = false;
  return !stopping_;
}

void LeaderKeeper::Lose(const std::shared_ptr<const Upstream>& upstream) {
  LogWarning("the Alluxio master does not lead any more", {{"master", upstream->master}});
  {
    MutexLock lock(mutex_);
    current_ = nullptr;
    problem_ = "the Alluxio master " + upstream->master + " does not lead any more; looking for the new leader";
    ++stats_.lost;
  }
  on_lost_(upstream);
}

}  // namespace locus::meta
