// The catalog's side to the workers.
#include <algorithm>

#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/mounts/canonical_path.h"
#include "common/clock_offset.h"
#include "common/log.h"
#include "common/status.h"

namespace locus::meta {

absl::Status Catalog::CheckKind(const WorkerHello& hello) const {
  if (options_.source == Source::kAlluxio) {
    return absl::FailedPreconditionError(
        "this locus-meta takes no reports (source: alluxio): set source: both in meta.yaml");
  }
  if (hello.of_alluxio && options_.source == Source::kWorkers) {
    return absl::FailedPreconditionError(
        "this locus-meta takes blocks of locus-worker's own store only (source: workers): set source: both in "
        "meta.yaml, or mode: store in worker.yaml");
  }
  if (!hello.of_alluxio && options_.source == Source::kBoth) {
    return absl::FailedPreconditionError(
        "this locus-meta takes blocks of Alluxio only (source: both): set mode: agent in worker.yaml, or source: "
        "workers in meta.yaml");
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Catalog::OpenStream(WorkerHello hello, std::shared_ptr<WorkerLink> link) {
  LOCUS_RETURN_IF_ERROR(CheckKind(hello));
  const std::string host = hello.address.host;
  const std::string node = hello.node;
  WorkerTable::Opened opened;
  std::vector<Sending> orders;
  {
    MutexLock lock(mutex_);
    const SteadyTime now = clock_.Now();
    absl::StatusOr<WorkerTable::Opened> result = workers_.Open(std::move(hello), now);
    if (!result.ok()) {
      if (absl::IsResourceExhausted(result.status())) CountLocked(Limit::kWorkers);
      return result.status();
    }
    opened = *result;
    last_news_ = now;
    if (opened.untold) newcomer_ = now;
    if (opened.dropped.has_value()) index_.DropHolder(*opened.dropped);
    if (opened.replaced != 0) {
      interest_.WorkerGone(opened.replaced, now);
      retired_[opened.replaced] = {now, streams_[opened.replaced].link};
      streams_.erase(opened.replaced);
    }
    if (opened.was_lost) index_.SetCounting(std::span(&opened.holder, 1), true);
    if (opened.node_changed) index_.TouchHolder(opened.holder);
    if (opened.made && has_master()) index_.SetCounting(std::span(&opened.holder, 1), false);
    index_.BeginSnapshot(opened.holder);
    if (has_master()) SetSpeakerLocked(workers_.OfHolder(opened.holder));
    streams_[opened.stream] = {std::move(link), {}};
    orders = PlanLocked(now);
    PulseLocked();
  }
  Send(orders);
  LogInfo("worker connected",
          {{"host", host}, {"node", node}, {"stream", opened.stream}, {"replaced", opened.replaced}});
  return opened.stream;
}

Worker* Catalog::HearLocked(uint64_t stream, absl::Status* status) {
  bool returned = false;
  const SteadyTime now = clock_.Now();
  if (!workers_.Hear(stream, now, &returned)) {
    *status = retired_.contains(stream)
                  ? absl::AlreadyExistsError("a newer stream speaks for this address")
                  : absl::AbortedError("the worker was silent for too long and is forgotten: connect again");
    return nullptr;
  }
  last_news_ = now;
  Worker* worker = workers_.Find(stream);
  if (returned) {
    index_.SetCounting(std::span(&worker->holder, 1), true);
    LogInfo("worker heard again", {{"host", worker->address.host}, {"node", worker->node}});
  }
  return worker;
}

bool Catalog::PutFileLocked(const FileFact& fact, uint64_t listing, InterestTable::Order* order) {
  const FileOutcome outcome = IsCanonicalPath(fact.path) ? index_.PutFile(fact, listing) : FileOutcome::kMalformed;
  switch (outcome) {
    case FileOutcome::kOlder: CountLocked(Reject::kFileOlder); return false;
    case FileOutcome::kConflict: CountLocked(Reject::kFileConflict); return false;
    case FileOutcome::kMalformed: CountLocked(Reject::kFileMalformed); return false;
    case FileOutcome::kLimit:
      if (order != nullptr) order->full = true;
      CountLocked(Reject::kFileLimit);
      return false;
    default: break;
  }
  // What was ignored is no news: it would keep the path hot for good.
  if (order != nullptr && outcome != FileOutcome::kConfirmed) order->changed = true;
  return true;
}

absl::Status Catalog::Apply(uint64_t stream, std::span<const FileFact> files, std::span<const BlockChange> blocks) {
  MutexLock lock(mutex_);
  absl::Status status;
  Worker* worker = HearLocked(stream, &status);
  if (worker == nullptr) return status;
  if (has_master() && !files.empty()) {
    return InvalidArgument("changes.files: the Alluxio master tells what blocks belong to, a report does not");
  }
  std::unordered_set<FileId>& refused = streams_[stream].refused;
  for (const FileFact& fact : files) {
    if (!PutFileLocked(fact, 0, nullptr) && refused.size() < kMaxRefused) refused.insert(fact.id);
  }
  bool forgotten = false;
  for (const BlockChange& change : blocks) {
    switch (index_.ChangeBlock(worker->holder, change)) {
      case BlockOutcome::kUnknownFile:
        CountLocked(Reject::kBlockUnknownFile);
        forgotten = forgotten || (change.added && !refused.contains(change.file));
        break;
      case BlockOutcome::kBeyondFile: CountLocked(Reject::kBlockBeyondFile); break;
      case BlockOutcome::kLimit: CountLocked(Limit::kUnaskedBlocks); break;
      default: break;
    }
  }
  const SteadyTime now = clock_.Now();
  if (!forgotten || refused.size() >= kMaxRefused) return absl::OkStatus();
  if (worker->resynced.has_value() && now - *worker->resynced < kResyncPause) return absl::OkStatus();
  worker->resynced = now;
  ++stats_.resyncs;
  return absl::AbortedError("changes.blocks: names a file that is not known any more: connect again and tell of it");
}

absl::Status Catalog::EndSnapshot(uint64_t stream) {
  MutexLock lock(mutex_);
  absl::Status status;
  Worker* worker = HearLocked(stream, &status);
  if (worker == nullptr) return status;
  const size_t gone = index_.EndSnapshot(worker->holder);
  workers_.SetSynced(worker);
  if (has_master()) SetSpeakerLocked(*worker);
  ++stats_.snapshots;
  LogInfo("worker snapshot complete", {{"host", worker->address.host},
                                       {"node", worker->node},
                                       {"blocks", index_.Blocks(worker->holder)},
                                       {"gone", gone}});
  return absl::OkStatus();
}

absl::Status Catalog::Beat(uint64_t stream, std::vector<TierUse> tiers, std::optional<NodeLoad> load,
                           std::optional<bool> serving, std::optional<WallTime> wall) {
  MutexLock lock(mutex_);
  absl::Status status;
  Worker* worker = HearLocked(stream, &status);
  if (worker == nullptr) return status;
  workers_.SetLoad(worker, std::move(tiers), load);
  if (wall.has_value()) HearClockLocked(worker, *wall);
  if (!has_master() || serving == worker->serving) return absl::OkStatus();
  workers_.SetServing(worker, serving);
  JudgeLocked(clock_.Now());
  return absl::OkStatus();
}

void Catalog::HearClockLocked(Worker* worker, WallTime theirs) {
  const Duration ahead = theirs - clock_.WallNow();
  const bool differed = worker->clock_ahead.has_value() && ClocksDiffer(*worker->clock_ahead);
  worker->clock_ahead = ahead;
  if (ClocksDiffer(ahead) == differed) return;
  const std::initializer_list<LogField> fields = {
      {"host", worker->address.host}, {"node", worker->node}, {"ahead_s", ToSeconds(ahead)}};
  if (differed) {
    LogInfo("a worker's clock agrees again", fields);
  } else {
    LogWarning("a worker's clock differs: set it right, or this machine's", fields);
  }
}

absl::Status Catalog::Hear(uint64_t stream) {
  MutexLock lock(mutex_);
  absl::Status status;
  HearLocked(stream, &status);
  return status;
}

absl::Status Catalog::Listing(uint64_t stream, const ListingPart& part) {
  std::vector<Sending> orders;
  {
    MutexLock lock(mutex_);
    absl::Status status;
    if (HearLocked(stream, &status) == nullptr) return status;
    const SteadyTime now = clock_.Now();
    InterestTable::Order* order = interest_.Expect(part.request, stream, now);
    if (order == nullptr) {
      CountLocked(Reject::kListingLate);
      if (part.done) interest_.EndLate(part.request, stream);
      return absl::OkStatus();
    }
    for (const FileFact& fact : part.files) {
      if (IsAtOrBelow(fact.path, order->path)) {
        PutFileLocked(fact, order->listing, order);
      } else {
        CountLocked(Reject::kListingOutside);
      }
    }
    order->files += part.files.size();
    if (part.done || order->files > ListingLimit()) {
      ListingResult result;
      result.problem = part.problem;
      if (!part.problem.empty() || (part.not_found && order->files > 0)) {
        result.end = ListingEnd::kFailed;
        if (part.problem.empty()) result.problem = "the worker named files of a path that it does not find";
      } else if (part.not_found) {
        result.end = ListingEnd::kNotFound;
      }
      ReviewLimits(*order, !part.problem.empty() && order->files == ListingLimit(), &result);
      EndListingLocked(order, std::move(result));
      orders = PlanLocked(now);
    }
  }
  Send(orders);
  return absl::OkStatus();
}

void Catalog::ReviewLimits(const InterestTable::Order& order, bool cut_by_source, ListingResult* result) const {
  if (order.full) {
    result->end = ListingEnd::kCut;
    result->problem = "the index is full (index.max_files): not all files are counted";
  } else if (order.files > ListingLimit() || cut_by_source) {
    result->end = ListingEnd::kCut;
    result->problem = "the listing was cut after " + std::to_string(order.files) + " files";
  }
}

void Catalog::EndListingLocked(InterestTable::Order* order, ListingResult result) {
  if (result.end == ListingEnd::kCut) CountLocked(Limit::kListingCut);
  if (result.end == ListingEnd::kComplete || result.end == ListingEnd::kNotFound) {
    const size_t vanished = index_.EndListing(order->path, order->listing);
    stats_.vanished_files += vanished;
    order->changed = order->changed || vanished > 0;
  }
  ++stats_.listings;
  result.changed = order->changed;
  const InterestTable::Interest* before = interest_.Find(order->path);
  const auto was = before == nullptr ? InterestState::kPending : before->state;
  const std::string problem_was = before == nullptr ? "" : before->problem;
  const InterestTable::Interest* interest = interest_.End(order->request, result, clock_.Now());
  if (interest == nullptr) return;
  if (interest->state != was || interest->problem != problem_was) index_.Touch(interest->tag);
  answered_.NotifyAll();
  if (interest->state != was) PulseLocked();
}

void Catalog::CloseStream(uint64_t stream) {
  std::vector<Sending> orders;
  {
    MutexLock lock(mutex_);
    const SteadyTime now = clock_.Now();
    streams_.erase(stream);
    retired_.erase(stream);
    interest_.WorkerGone(stream, now);
    if (const Worker* worker = workers_.Find(stream)) {
      LogInfo("worker disconnected", {{"host", worker->address.host}, {"node", worker->node}});
      workers_.Close(stream);
      if (has_master()) SetSpeakerLocked(*worker);
    }
    orders = PlanLocked(now);
    PulseLocked();
  }
  Send(orders);
}

void Catalog::CountReject(Reject reason, uint64_t items) {
  MutexLock lock(mutex_);
  CountLocked(reason, items);
}

void Catalog::CountLocked(Reject reason, uint64_t items) { stats_.rejects[static_cast<size_t>(reason)] += items; }
void Catalog::CountLocked(Limit limit) { ++stats_.limits[static_cast<size_t>(limit)]; }

}  // namespace locus::meta
