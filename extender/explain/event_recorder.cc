#include "extender/explain/event_recorder.h"

#include <array>
#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus::extender {
namespace {

// The API's own bound.
constexpr size_t kMaxNote = 1024;
constexpr Duration kFirstRetry = std::chrono::milliseconds(500);
constexpr Duration kLastRetry = std::chrono::seconds(10);
// In the order of Drop.
constexpr std::array<const char*, 4> kDropWords = {"queue_full", "refused", "server", "stopped"};

// What another attempt may mend.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status) ||
         absl::IsUnauthenticated(status);
}

}  // namespace

EventRecorder::EventRecorder(std::unique_ptr<kube::Writer> writer, EventRecorderOptions options, const Clock& clock,
                             Metrics& metrics)
    : writer_(std::move(writer)),
      options_(std::move(options)),
      clock_(clock),
      bucket_(options_.events_per_second, options_.events_per_second),
      backoff_(kFirstRetry, kLastRetry, options_.seed),
      told_(options_.remembered) {
  for (const EventWords& words : kEventWords) {
    written_.push_back(metrics.GetCounter("locus_extender_events_total", "Events written on pods.",
                                          {{"reason", std::string(words.reason)}}));
  }
  for (const char* cause : kDropWords) {
    dropped_.push_back(
        metrics.GetCounter("locus_extender_events_dropped_total", "Events that were not written.", {{"cause", cause}}));
  }
}

EventRecorder::~EventRecorder() { Stop(); }

void EventRecorder::Start() {
  thread_ = std::thread([this] { Run(); });
}

void EventRecorder::Stop() {
  size_t left = 0;
  const bool runs = thread_.joinable();
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
    if (runs) changed_.WaitFor(mutex_, options_.stop_within, [this] { return done_; });
  }
  writer_->Stop();
  if (runs) thread_.join();
  {
    MutexLock lock(mutex_);
    left = queue_.size();
    queue_.clear();
  }
  if (left > 0) Count(Drop::kStopped, left);
}

void EventRecorder::Record(PodEventKind kind, const PodRef& pod, std::string note) {
  const EventWords& words = WordsOf(kind);
  if (note.size() > kMaxNote) note.resize(kMaxNote);
  Queued queued;
  queued.kind = kind;
  queued.recorded = clock_.Now();
  queued.event = {std::string(pod.space),    std::string(pod.name),     std::string(pod.uid), std::string(words.type),
                  std::string(words.reason), std::string(words.action), std::move(note),      options_.controller,
                  options_.instance,         clock_.WallNow()};
  std::string key = queued.event.pod_uid + "/" + queued.event.reason;
  bool full = false;
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    // What is dropped is not remembered: it may be told later.
    full = queue_.size() >= options_.max_queued;
    if (!full) {
      if (!told_.Add(std::move(key))) return;
      queue_.push_back(std::move(queued));
      changed_.NotifyAll();
    }
  }
  if (full) Count(Drop::kQueueFull, 1);
}

void EventRecorder::Run() {
  Queued next;
  while (Next(&next)) {
    if (Write(std::move(next))) {
      backoff_.Reset();
      continue;
    }
    const Duration pause = backoff_.Next();
    MutexLock lock(mutex_);
    if (changed_.WaitFor(mutex_, pause, [this] { return stopping_; })) break;
  }
  MutexLock lock(mutex_);
  done_ = true;
  changed_.NotifyAll();
}

bool EventRecorder::Next(Queued* next) {
  MutexLock lock(mutex_);
  for (;;) {
    changed_.Wait(mutex_, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return false;
    const Duration wait = bucket_.Take(clock_.Now());
    if (wait == Duration::zero()) break;
    // The end does not wait for leave.
    if (changed_.WaitFor(mutex_, wait, [this] { return stopping_; })) return false;
  }
  *next = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

bool EventRecorder::Write(Queued queued) {
  const absl::Status status = writer_->CreateEvent(queued.event);
  // ABORTED: it is there already.
  if (status.ok() || absl::IsAborted(status)) {
    written_[static_cast<size_t>(queued.kind)].Increment();
    refused_ = false;
    return true;
  }
  if (MayPass(status)) {
    if (clock_.Now() - queued.recorded < options_.keep_for) {
      MutexLock lock(mutex_);
      queue_.push_front(std::move(queued));
    } else {
      Count(Drop::kServer, 1);
    }
    return false;
  }
  if (absl::IsCancelled(status)) {
    Count(Drop::kStopped, 1);
    return false;
  }
  Count(Drop::kRefused, 1);
  // Mostly a missing right, which is the same for all of them. A namespace that is gone is no news.
  if (!absl::IsNotFound(status) && !std::exchange(refused_, true)) {
    LogWarning("events on pods are refused; see the role of locus-extender, or set kubernetes.events to false",
               {{"namespace", queued.event.space}, {"pod", queued.event.pod}, {"reason", MessageOf(status)}});
  }
  return true;
}

void EventRecorder::Count(Drop drop, size_t events) const {
  dropped_[static_cast<size_t>(drop)].Increment(static_cast<double>(events));
}

}  // namespace locus::extender
