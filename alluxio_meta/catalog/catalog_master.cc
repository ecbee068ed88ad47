// The catalog's side to the Alluxio master and its mirror.
#include <algorithm>

#include "alluxio_meta/catalog/catalog.h"
#include "common/log.h"
#include "common/status.h"

namespace locus::meta {

void Catalog::SetMirror(std::shared_ptr<WorkerLink> mirror) {
  MutexLock lock(mutex_);
  mirror_ = std::move(mirror);
}

void Catalog::SetSpeakerLocked(const Worker& worker) {
  const Speaker other = worker.registered ? Speaker::kMaster : Speaker::kNobody;
  if (worker.stream != 0) {
    index_.SetSpeaker(worker.holder, worker.synced ? Speaker::kReport : Speaker::kReportBegins, other);
  } else {
    index_.SetSpeaker(worker.holder, other);
  }
}

void Catalog::JudgeLocked(SteadyTime now) {
  const WorkerTable::Judged judged = workers_.Judge(now);
  if (!judged.lost.empty()) index_.SetCounting(judged.lost, false);
  if (!judged.returned.empty()) {
    index_.SetCounting(judged.returned, true);
    // What lies there may be other blocks than before; a master need not tell a restart by a start time.
    interest_.HastenAll(now);
  }
  for (const HolderId holder : judged.lost) {
    const Worker& worker = workers_.OfHolder(holder);
    LogWarning("worker lost",
               {{"host", worker.address.host}, {"node", worker.node}, {"problem", ProblemLocked(worker)}});
  }
  for (const HolderId holder : judged.returned) {
    const Worker& worker = workers_.OfHolder(holder);
    LogInfo("worker counts", {{"host", worker.address.host}, {"node", worker.node}});
  }
}

void Catalog::MasterWorkersSaid(const MasterWorkers& said) {
  std::vector<Sending> orders;
  {
    MutexLock lock(mutex_);
    const SteadyTime now = clock_.Now();
    const bool was_away = workers_.MasterIsAway(now);
    const WorkerTable::MasterChange change = workers_.MasterSaid(said.term, said.workers, now);
    if (said.term < workers_.term()) return;
    last_news_ = now;
    master_problem_.clear();
    for (const HolderId holder : change.dropped) index_.DropHolder(holder);
    for (size_t i = 0; i < change.refused; ++i) CountLocked(Limit::kWorkers);
    for (const HolderId holder : change.renamed) index_.TouchHolder(holder);
    if (change.new_term) {
      for (const auto& [address, worker] : workers_.all()) SetSpeakerLocked(worker);
    }
    std::vector<HolderId> uncounted;
    for (const HolderId holder : change.registered) {
      const Worker& worker = workers_.OfHolder(holder);
      // Listings that began before it registered know nothing of its blocks.
      SetSpeakerLocked(worker);
      if (worker.lost) uncounted.push_back(holder);
    }
    // For the index a holder counts from its first mention on; a worker may be silent already when it is first named.
    if (!uncounted.empty()) index_.SetCounting(uncounted, false);
    JudgeLocked(now);
    if (change.new_term || !change.registered.empty()) {
      LogInfo("the Alluxio master tells of its workers", {{"term", said.term},
                                                          {"workers", said.workers.size()},
                                                          {"registered", change.registered.size()},
                                                          {"awaited", workers_.awaited()}});
      interest_.HastenAll(now);
    }
    if (was_away) PulseLocked();
    orders = PlanLocked(now);
  }
  Send(orders);
}

void Catalog::MasterFailed(const absl::Status& problem) {
  MutexLock lock(mutex_);
  // An outage is told once, not at each attempt.
  if (master_problem_.empty()) LogWarning("the Alluxio master is not heard", {{"problem", MessageOf(problem)}});
  master_problem_ = MessageOf(problem);
}

std::string Catalog::MasterProblem() const {
  MutexLock lock(mutex_);
  return MasterProblemLocked();
}

std::string Catalog::MasterProblemLocked() const {
  if (!has_master() || workers_.term() != 0) return "";
  return "the Alluxio master was not reached yet" + (master_problem_.empty() ? "" : ": " + master_problem_);
}

void Catalog::SetMounts(const std::vector<Mount>& of_master) {
  std::vector<std::string> problems;
  MountTable table = MountTable::Join(configured_mounts_, of_master, &problems);
  std::string problem;
  for (const std::string& p : problems) problem += (problem.empty() ? "" : "\n") + p;
  MutexLock lock(mutex_);
  const bool same = std::equal(table.mounts().begin(), table.mounts().end(), mounts_.mounts().begin(),
                               mounts_.mounts().end(), [](const Mount& a, const Mount& b) {
                                 return a.path == b.path && a.ufs_uri == b.ufs_uri && a.by_master == b.by_master;
                               });
  if (problem != mounts_problem_ && !problem.empty()) LogWarning("mounts", {{"problem", problem}});
  mounts_problem_ = std::move(problem);
  if (same && mounts_told_) return;
  mounts_ = std::move(table);
  mounts_told_ = true;
  ++mounts_version_;
  PulseLocked();
}

bool Catalog::Page(uint64_t request, const MasterPage& page) {
  std::span<const MasterFile> rest(page.files);
  // Also a page without files is a sign of life.
  do {
    const std::span<const MasterFile> some = rest.subspan(0, std::min(rest.size(), kFilesAtOnce));
    MutexLock lock(mutex_);
    if (!PageLocked(request, page, some)) return false;
    rest = rest.subspan(some.size());
    if (!rest.empty()) continue;
    CountLocked(Reject::kFileMalformed, page.malformed);
    interest_.Expect(request, kMirrorStream, clock_.Now())->unfinished += page.unfinished;
  } while (!rest.empty());
  return true;
}

bool Catalog::PageLocked(uint64_t request, const MasterPage& page, std::span<const MasterFile> files) {
  InterestTable::Order* order = interest_.Expect(request, kMirrorStream, clock_.Now());
  if (order == nullptr || order->term != page.term || page.term != workers_.term()) return false;
  std::vector<std::optional<HolderId>> holders(page.workers.size());
  for (size_t i = 0; i < holders.size(); ++i) {
    const Worker* worker = workers_.FindAddress(page.workers[i]);
    if (worker != nullptr) holders[i] = worker->holder;
  }
  for (const MasterFile& file : files) {
    if (!IsAtOrBelow(file.fact.path, order->path)) {
      CountLocked(Reject::kListingOutside);
      continue;
    }
    ++order->files;
    if (PutFileLocked(file.fact, order->listing, order)) SetReplicasLocked(file, holders, order);
  }
  return order->files <= ListingLimit();
}

void Catalog::SetReplicasLocked(const MasterFile& file, std::span<const std::optional<HolderId>> holders,
                                InterestTable::Order* order) {
  stated_.clear();
  bool sorted = true;
  for (const BlockAt& at : file.replicas) {
    // A worker that registered a moment ago: the listing after the next word on workers has it.
    if (!holders[at.worker].has_value()) continue;
    const ReplicaAt stated{at.block, *holders[at.worker], at.tier};
    sorted = sorted && (stated_.empty() ||
                        std::tie(stated_.back().block, stated_.back().holder) < std::tie(stated.block, stated.holder));
    stated_.push_back(stated);
  }
  if (!sorted) {
    std::sort(stated_.begin(), stated_.end(), [](const ReplicaAt& a, const ReplicaAt& b) {
      return std::tie(a.block, a.holder) < std::tie(b.block, b.holder);
    });
  }
  const SetOutcome outcome = index_.SetReplicas(file.fact.id, order->listing, stated_);
  order->changed = order->changed || outcome.changed;
  stats_.differences[static_cast<size_t>(Difference::kOnlyReported)] += outcome.only_reported;
  stats_.differences[static_cast<size_t>(Difference::kOnlyMaster)] += outcome.only_master;
  stats_.differences[static_cast<size_t>(Difference::kOtherTier)] += outcome.other_tier;
}

void Catalog::Listed(uint64_t request, const absl::Status& status, Duration took) {
  std::vector<Sending> orders;
  {
    MutexLock lock(mutex_);
    const SteadyTime now = clock_.Now();
    InterestTable::Order* order = interest_.Expect(request, kMirrorStream, now);
    if (order == nullptr) {
      CountLocked(Reject::kListingLate);
      interest_.EndLate(request, kMirrorStream);
      return;
    }
    ListingResult result;
    result.took = took;
    result.problem = MessageOf(status);
    if (status.ok()) {
      // The master answers the same for an empty folder and for one that it has not loaded.
      result.doubtful = order->files == 0 || order->unfinished > 0;
      if (order->unfinished > 0) {
        result.problem = std::to_string(order->unfinished) + " files are still being written and are not counted";
      } else if (order->files == 0) {
        result.problem =
            "the Alluxio master names no file there: the folder is empty, or was not loaded yet (a first read, or "
            "`alluxio fs ls`, loads it)";
      }
    } else if (absl::IsNotFound(status) && order->files == 0) {
      result.end = ListingEnd::kNotFound;
    } else if (absl::IsPermissionDenied(status) || absl::IsInvalidArgument(status)) {
      result.end = ListingEnd::kRefused;
      const InterestTable::Interest* before = interest_.Find(order->path);
      // It is asked again every few seconds: told once.
      if (before != nullptr && before->problem != result.problem) {
        LogWarning("the Alluxio master refuses a listing", {{"path", order->path}, {"problem", result.problem}});
      }
    } else {
      result.end = ListingEnd::kFailed;
    }
    ReviewLimits(*order, false, &result);
    EndListingLocked(order, std::move(result));
    orders = PlanLocked(now);
  }
  Send(orders);
}

bool Catalog::IsFile(const std::string& path) const {
  MutexLock lock(mutex_);
  const absl::StatusOr<PathPattern> pattern = PathPattern::Parse(path);
  if (!pattern.ok() || pattern->is_glob()) return false;
  const Matches matches = index_.Match(*pattern, 1);
  return !matches.nodes.empty() && matches.nodes.front()->is_file;
}

void Catalog::SetNodeNamer(std::function<NodeNaming(const Worker&)> namer) {
  MutexLock lock(mutex_);
  for (const HolderId holder : workers_.SetNodeNamer(std::move(namer))) index_.TouchHolder(holder);
  PulseLocked();
}

std::string Catalog::ProblemLocked(const Worker& worker) const {
  if (!has_master()) return "";
  if (worker.serving.has_value() && !*worker.serving) return "its agent finds that it takes no connections";
  if (worker.awaited) return "has not registered with the restarted Alluxio master yet: what it held before counts";
  if (!worker.registered) {
    if (workers_.term() == 0) return "the Alluxio master was not reached yet";
    return worker.stream == 0
               ? "the Alluxio master lists it no more"
               : "the Alluxio master lists no worker at this address: set agent.host, agent.container_host and "
                 "agent.data_port of worker.yaml to what `locusctl workers` shows of the worker";
  }
  if (worker.stream != 0 && index_.SpeakerOf(worker.holder) == Speaker::kMaster) {
    return "index.max_unasked_blocks was hit: the master's slower word holds for its blocks";
  }
  if (!worker.node.empty()) return "";
  return worker.naming.problem.empty() ? "matches no Kubernetes node: name nodes in meta.yaml, or run its agent with "
                                         "`node` set"
                                       : worker.naming.problem;
}

}  // namespace locus::meta
