#include "cache_worker/report/lister.h"

#include <algorithm>
#include <utility>

#include "cache_worker/report/messages.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr int kThreads = 2;
constexpr size_t kMaxWaiting = 1000;

}  // namespace

Lister::Lister(ReadThrough& reads, ReportQueue& queue) : reads_(reads), queue_(queue) {
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Run(); });
}

Lister::~Lister() {
  queue_.End();
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

void Lister::Submit(ListingRequest request) {
  {
    MutexLock lock(mutex_);
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back(std::move(request));
      changed_.NotifyOne();
      return;
    }
  }
  ListingPage refusal;
  refusal.request = request.request;
  refusal.done = true;
  refusal.problem = "too many listings wait at this worker";
  queue_.PushRefusal(request.stream, std::move(refusal));
}

void Lister::Run() {
  for (;;) {
    ListingRequest request;
    {
      MutexLock lock(mutex_);
      changed_.Wait(mutex_, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      request = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Answer(request);
  }
}

void Lister::Answer(const ListingRequest& request) {
  const uint32_t limit = request.limit == 0 ? kMaxListedFiles : std::min(request.limit, kMaxListedFiles);
  ListingPage page;
  page.request = request.request;
  uint32_t files = 0;
  size_t path_bytes = 0;
  bool cut = false, over = false;
  const absl::Status status = reads_.origin().List(request.path, [&](const OriginFile& file) {
    cut = files == limit;
    if (cut || stopping_) return false;
    if (page.files.size() == kFilesInPage || path_bytes + file.path.size() > kMaxPathBytesInMessage) {
      ListingPage full = std::exchange(page, ListingPage());
      page.request = request.request;
      path_bytes = 0;
      over = !queue_.PushPage(request.stream, std::move(full));
      if (over) return false;
    }
    page.files.push_back(reads_.Learn(file));
    path_bytes += file.path.size();
    ++files;
    return true;
  });
  if (over || stopping_) return;
  page.done = true;
  page.not_found = absl::IsNotFound(status);
  if (cut) {
    page.problem = "cut at the limit of " + std::to_string(limit) + " files";
  } else if (!status.ok() && !page.not_found) {
    page.problem = MessageOf(status);
  }
  queue_.PushPage(request.stream, std::move(page));
}

}  // namespace locus::worker
