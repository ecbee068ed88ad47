#include "cache_worker/http/file_body.h"

#include <algorithm>
#include <utility>

#include "common/status.h"

namespace locus::worker {

std::shared_ptr<FileBody> FileBody::Create(const BodySources& sources, std::shared_ptr<const FileFacts> file,
                                           Segment first, uint64_t end, uint64_t past_until, Waiting waiting) {
  std::shared_ptr<FileBody> body(
      new FileBody(sources, std::move(file), std::move(first), end, past_until, std::move(waiting)));
  MutexLock lock(body->mutex_);
  body->Ask();
  return body;
}

FileBody::FileBody(const BodySources& sources, std::shared_ptr<const FileFacts> file, Segment first, uint64_t end,
                   uint64_t past_until, Waiting waiting)
    : sources_(sources),
      file_(std::move(file)),
      end_(end),
      waiting_(std::move(waiting)),
      current_(std::move(first)),
      at_(current_->begin()),
      past_until_(past_until) {}

ssize_t FileBody::Pull(char* to, size_t max) {
  MutexLock lock(mutex_);
  if (current_ && at_ == current_->end()) {
    current_ = std::move(next_);
    next_.reset();
    Ask();
  }
  if (!current_) {
    if (!failure_.ok() || at_ >= end_) return kBroken;
    return Wait();
  }
  const ssize_t got = current_->ReadAt(at_, to, max);
  if (got > 0) {
    at_ += static_cast<uint64_t>(got);
    sources_.opener.reads().NoteServed(static_cast<uint64_t>(got), current_->source());
    return got;
  }
  // The disk does not give back what it was given: the rest of the block comes from the under-store. What was asked for
  // behind it is asked for again later.
  past_until_ = std::max(past_until_, current_->end());
  current_.reset();
  next_.reset();
  Ask();
  return failure_.ok() ? Wait() : kBroken;
}

absl::Status FileBody::failure() {
  MutexLock lock(mutex_);
  return failure_;
}

ssize_t FileBody::Wait() {
  if (!waiting_.begin()) return kBroken;
  waits_ = true;
  return kLater;
}

void FileBody::Ask() {
  const uint64_t at = current_ ? current_->end() : at_;
  if (asked_ || next_ || !failure_.ok() || at >= end_) return;
  asked_ = true;
  const bool past = at < past_until_;
  WorkQueue& queue = past ? sources_.fetches : sources_.looks;
  const auto work = [self = shared_from_this(), at, past] { past ? self->Fetch(at) : self->Look(at); };
  if (queue.Add(work)) return;
  asked_ = false;
  failure_ = Unavailable("too much is being read at once");
}

void FileBody::Look(uint64_t at) {
  absl::StatusOr<Segment> segment = sources_.opener.FromCache(file_, at, end_);
  if (segment.ok()) return Take(std::move(segment));
  if (sources_.fetches.Add([self = shared_from_this(), at] { self->Fetch(at); })) return;
  Take(Unavailable("too much is being fetched at once"));
}

void FileBody::Fetch(uint64_t at) {
  uint64_t past_until = 0;
  {
    MutexLock lock(mutex_);
    past_until = past_until_;
  }
  if (at < past_until) return Take(sources_.opener.PastCache(file_, at, std::min(end_, past_until)));
  absl::StatusOr<Segment> segment = sources_.opener.Fetched(file_, at, end_, past_until);
  {
    MutexLock lock(mutex_);
    past_until_ = std::max(past_until_, past_until);
  }
  Take(std::move(segment));
}

void FileBody::Take(absl::StatusOr<Segment> segment) {
  MutexLock lock(mutex_);
  asked_ = false;
  const uint64_t wanted = current_ ? current_->end() : at_;
  if (!segment.ok()) {
    failure_ = segment.status();
  } else if (segment->begin() == wanted) {
    if (current_) {
      next_ = std::move(*segment);
    } else {
      current_ = std::move(*segment);
    }
  }
  // Of what was wanted before the disk failed there is no use.
  Ask();
  const bool ready = current_ || !failure_.ok();
  if (!waits_ || !ready) return;
  waits_ = false;
  waiting_.end();
}

}  // namespace locus::worker
