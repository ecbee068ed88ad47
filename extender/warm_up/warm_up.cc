#include "extender/warm_up/warm_up.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "common/log.h"
#include "common/status.h"
#include "extender/cluster/pod_record.h"
#include "extender/decision/annotations.h"
#include "extender/decision/appraiser.h"
#include "extender/decision/holdings.h"
#include "extender/gate/wait_rule.h"

namespace locus::extender {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(500);
// Known groups that one round looks after, besides those with loads: all of 10,000 in less than a minute.
constexpr size_t kLookedAfter = 100;

bool Gone(const Surroundings& around) { return around.synced && around.group_size <= 1 && around.siblings.empty(); }

}  // namespace

class WarmUp::Known {
 public:
  explicit Known(WorkerDirectory& directory) : directory_(directory) {}

  const absl::StatusOr<std::vector<CacheWorker>>& Workers() {
    if (!workers_) workers_ = directory_.Workers();
    return *workers_;
  }
  const absl::StatusOr<std::vector<alluxio_wire::MountedUri>>& Mounts() {
    if (!mounts_) mounts_ = directory_.Mounts();
    return *mounts_;
  }

 private:
  WorkerDirectory& directory_;
  std::optional<absl::StatusOr<std::vector<CacheWorker>>> workers_;
  std::optional<absl::StatusOr<std::vector<alluxio_wire::MountedUri>>> mounts_;
};

WarmUp::WarmUp(Parts parts, WarmUpOptions options)
    : parts_(std::move(parts)),
      options_(options),
      book_(options.settle, options.max_groups),
      queue_(options.max_loads, options.max_jobs) {}

WarmUp::~WarmUp() { Stop(); }

void WarmUp::Start() {
  thread_ = std::thread([this] { Run(); });
  for (size_t i = 0; i < options_.max_loads; ++i) loaders_.emplace_back([this] { RunLoads(); });
}

void WarmUp::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  for (std::thread& loader : loaders_) {
    if (loader.joinable()) loader.join();
  }
}

void WarmUp::Placed(const ClusterView::Bound& bound) {
  // A driver reads its input only to plan the work of its executors.
  if (bound.driver) return;
  MutexLock lock(mutex_);
  if (book_.Placed({bound.group, bound.own, bound.inherited}, parts_.clock.Now())) {
    told_full_ = false;
    return;
  }
  parts_.metrics.Judged(WarmUpOutcome::kTooMany);
  if (!std::exchange(told_full_, true)) {
    LogWarning("warm-up follows as many groups as it may: further ones are left alone", {{"groups", book_.size()}});
  }
}

void WarmUp::Run() {
  for (;;) {
    Round();
    MutexLock lock(mutex_);
    if (changed_.WaitFor(mutex_, kTick, [this]() REQUIRES(mutex_) { return stopping_; })) return;
  }
}

void WarmUp::RunLoads() {
  uint64_t seen = 0;
  for (;;) {
    {
      MutexLock lock(mutex_);
      changed_.Wait(mutex_, [this, &seen]() REQUIRES(mutex_) { return stopping_ || changes_ != seen; });
      if (stopping_) return;
      seen = changes_;
    }
    while (LoadNext()) {
    }
  }
}

void WarmUp::Round() {
  ForgetGone();
  std::vector<PlacedGroup> due;
  {
    MutexLock lock(mutex_);
    due = book_.Due(parts_.clock.Now());
  }
  Known known(*parts_.directory);
  for (const PlacedGroup& group : due) Judge(group, known);
}

void WarmUp::ForgetGone() {
  std::vector<GroupKey> groups;
  {
    MutexLock lock(mutex_);
    groups = queue_.Groups();
    for (GroupKey& key : book_.Some(kLookedAfter)) groups.push_back(std::move(key));
  }
  for (const GroupKey& key : groups) {
    if (!Gone(parts_.cluster.Look({}, key, {}))) continue;
    MutexLock lock(mutex_);
    book_.Forget(key);
    queue_.Cancel(key);
    parts_.metrics.Now(queue_.running(), queue_.jobs());
  }
}

void WarmUp::Judge(const PlacedGroup& group, Known& known) {
  if (!parts_.leading()) return Postpone(group.key, "");
  const Surroundings around = parts_.cluster.Look({}, group.key, {});
  if (around.siblings.empty()) {
    MutexLock lock(mutex_);
    return book_.Forget(group.key);
  }
  const OwnedAnnotations texts = Merge(group.own.get(), group.inherited.get());
  const Wishes wishes = ParseAnnotations(TextsOf(texts));
  if (wishes.inputs.empty()) return Close(group.key, WarmUpOutcome::kLocal);
  const Holdings holdings = Gather(parts_.locality.Look(wishes.inputs, Duration::zero()), options_.max_age);
  if (holdings.unusable != Reason::kNone || holdings.incomplete != Reason::kNone) {
    return Postpone(group.key, "locus-meta does not tell what is cached");
  }
  // Nobody knows them, or they are empty.
  if (holdings.length_bytes == 0) return Close(group.key, WarmUpOutcome::kUnknown);
  // Look counts a pod that is not there.
  const size_t members = std::max<size_t>(around.group_size, 2) - 1;
  const uint64_t share = std::min(ShareOf(wishes.share, holdings.length_bytes, members), holdings.length_bytes);
  const double local = LocalShare(holdings, around.siblings, share);
  if (local >= options_.below) return Close(group.key, WarmUpOutcome::kLocal);
  const auto& workers = known.Workers();
  if (!workers.ok()) return Postpone(group.key, MessageOf(workers.status()));
  std::vector<alluxio_wire::MountedUri> mounts;
  if (!std::all_of(wishes.inputs.begin(), wishes.inputs.end(), alluxio_wire::NamesPath)) {
    if (!known.Mounts().ok()) return Postpone(group.key, MessageOf(known.Mounts().status()));
    mounts = *known.Mounts();
  }
  Load(group.key, PlanWarmUp(group.key, holdings, around.siblings, *workers, mounts, options_.max_bytes), local);
}

void WarmUp::Load(const GroupKey& group, WarmUpPlan plan, double local) {
  const size_t nodes = plan.job.workers.size();
  if (plan.outcome == WarmUpOutcome::kLoading) {
    MutexLock lock(mutex_);
    if (!queue_.Add(std::move(plan.job))) plan.outcome = WarmUpOutcome::kTooMany;
    parts_.metrics.Now(queue_.running(), queue_.jobs());
    ++changes_;
    changed_.NotifyAll();
  }
  Close(group, plan.outcome);
  LogInfo(plan.outcome == WarmUpOutcome::kLoading ? "loading the input of pods that were placed away from it"
                                                  : "pods were placed away from their input, which is not loaded",
          {{"group", group},
           {"outcome", kWarmUpOutcomeWords[static_cast<size_t>(plan.outcome)]},
           {"local_share", local},
           {"bytes", plan.bytes},
           {"nodes", nodes}});
}

void WarmUp::Close(const GroupKey& group, WarmUpOutcome outcome) {
  parts_.metrics.Judged(outcome);
  MutexLock lock(mutex_);
  book_.Close(group);
}

void WarmUp::Postpone(const GroupKey& group, std::string_view why) {
  {
    MutexLock lock(mutex_);
    if (book_.Postpone(group, parts_.clock.Now())) return;
  }
  // Where another extender leads, nothing is to be told.
  if (why.empty()) return;
  parts_.metrics.Judged(WarmUpOutcome::kUnknown);
  LogWarning("gave up to judge where pods were placed: their input is not loaded", {{"group", group}, {"text", why}});
}

bool WarmUp::LoadNext() {
  std::optional<LoadStep> step;
  {
    MutexLock lock(mutex_);
    if (stopping_) return false;
    step = queue_.Next();
    if (!step) return false;
    parts_.metrics.Now(queue_.running(), queue_.jobs());
  }
  parts_.metrics.Started();
  LoadFigures last;
  const auto wanted = [this, &step] {
    MutexLock lock(mutex_);
    return !stopping_ && queue_.Wanted(*step);
  };
  const absl::Status status =
      parts_.calls->Load(*step, options_.bytes_per_second, wanted, [this, &last](const LoadFigures& figures) {
        if (figures.bytes_fetched > last.bytes_fetched) {
          parts_.metrics.Fetched(figures.bytes_fetched - last.bytes_fetched);
        }
        last = figures;
      });
  bool first_failure = false;
  {
    MutexLock lock(mutex_);
    first_failure = queue_.Ended(*step, !status.ok());
    parts_.metrics.Now(queue_.running(), queue_.jobs());
    ++changes_;
    changed_.NotifyAll();
  }
  Report(*step, status, last, first_failure);
  return true;
}

void WarmUp::Report(const LoadStep& step, const absl::Status& status, const LoadFigures& figures, bool first_failure) {
  parts_.metrics.Ended(status, figures.problems);
  if (absl::IsCancelled(status)) return;
  if (!status.ok()) {
    // Once a group: where one worker is away, others may be.
    if (!first_failure) return;
    LogWarning("a worker did not load the input of a group; it is not asked again", {{"group", step.group},
                                                                                     {"node", step.worker.node},
                                                                                     {"address", step.worker.address},
                                                                                     {"path", step.path},
                                                                                     {"text", MessageOf(status)}});
    return;
  }
  if (figures.problems > 0) {
    LogWarning(
        "some files of a group's input could not be loaded",
        {{"group", step.group}, {"node", step.worker.node}, {"files", figures.problems}, {"first", figures.problem}});
  }
}

}  // namespace locus::extender
