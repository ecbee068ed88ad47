#include "cache_worker/report/report_queue.h"

#include <utility>

namespace locus::worker {
namespace {

// Pages of a thousand files: about 200 KB each. The listing waits rather than fill memory.
constexpr size_t kMaxPages = 8;
// Refusals are small, but a peer that asks without reading answers must not fill memory either.
constexpr size_t kMaxRefusals = 4096;

}  // namespace

uint64_t ReportQueue::Begin() {
  MutexLock lock(mutex_);
  EndLocked();
  over_ = false;
  return ++stream_;
}

void ReportQueue::Gather() {
  MutexLock lock(mutex_);
  gathering_ = !over_;
}

void ReportQueue::End() {
  MutexLock lock(mutex_);
  EndLocked();
}

void ReportQueue::EndLocked() {
  over_ = true;
  gathering_ = false;
  events_.clear();
  pages_.clear();
  beat_asked_ = false;
  changed_.NotifyAll();
}

void ReportQueue::Push(BlockEvent event) {
  MutexLock lock(mutex_);
  if (!gathering_) return;
  if (events_.size() >= max_events_) {
    ++overflows_;
    EndLocked();
    return;
  }
  events_.push_back(std::move(event));
  changed_.NotifyAll();
}

void ReportQueue::AskBeat() {
  MutexLock lock(mutex_);
  if (over_) return;
  beat_asked_ = true;
  changed_.NotifyAll();
}

bool ReportQueue::PushPage(uint64_t stream, ListingPage page) {
  MutexLock lock(mutex_);
  const auto over = [&] { return over_ || stream_ != stream; };
  changed_.Wait(mutex_, [&] { return over() || pages_.size() < kMaxPages; });
  if (over()) return false;
  pages_.push_back(std::move(page));
  changed_.NotifyAll();
  return true;
}

void ReportQueue::PushRefusal(uint64_t stream, ListingPage page) {
  MutexLock lock(mutex_);
  if (over_ || stream_ != stream) return;
  if (pages_.size() >= kMaxRefusals) {
    ++overflows_;
    EndLocked();
    return;
  }
  pages_.push_back(std::move(page));
  changed_.NotifyAll();
}

ReportQueue::Batch ReportQueue::Take(size_t max_events, Duration timeout) {
  MutexLock lock(mutex_);
  changed_.WaitFor(mutex_, timeout, [this] { return over_ || beat_asked_ || !events_.empty() || !pages_.empty(); });
  Batch batch;
  batch.over = over_;
  batch.beat = std::exchange(beat_asked_, false);
  while (!events_.empty() && batch.events.size() < max_events) {
    batch.events.push_back(std::move(events_.front()));
    events_.pop_front();
  }
  while (!pages_.empty() && batch.pages.size() < kMaxPages) {
    batch.pages.push_back(std::move(pages_.front()));
    pages_.pop_front();
  }
  changed_.NotifyAll();
  return batch;
}

bool ReportQueue::WaitOver(Duration timeout) {
  MutexLock lock(mutex_);
  return changed_.WaitFor(mutex_, timeout, [this] { return over_; });
}

uint64_t ReportQueue::overflows() {
  MutexLock lock(mutex_);
  return overflows_;
}

}  // namespace locus::worker
