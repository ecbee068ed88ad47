#include "cache_worker/report/lister.h"

#include <algorithm>
#include <utility>

#include "cache_worker/report/messages.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr int kThreads = 2;
// Somebody waits for each of these; at an object store most of the time is a round trip.
constexpr int kShallowThreads = 4;
constexpr size_t kMaxWaiting = 1000;

}  // namespace

// The answer to one request on its way into the queue.
class Lister::Answering {
 public:
  Answering(Lister& lister, const ListingRequest& request)
      : lister_(lister),
        request_(request),
        limit_(request.limit == 0 ? kMaxListedFiles : std::min(request.limit, kMaxListedFiles)) {
    page_.request = request.request;
  }

  // False: no more is wanted.
  bool AddFile(const OriginFile& file) {
    if (!MakeRoom(file.path.size())) return false;
    page_.files.push_back(lister_.reads_.Learn(file));
    return true;
  }
  bool AddFolder(const std::string& folder) {
    if (!MakeRoom(folder.size())) return false;
    page_.folders.push_back(folder);
    return true;
  }
  void End(const absl::Status& status) {
    if (over_ || lister_.stopping_) return;
    page_.done = true;
    page_.not_found = absl::IsNotFound(status);
    if (cut_) {
      page_.problem = "cut at the limit of " + std::to_string(limit_) + " files";
    } else if (!status.ok() && !page_.not_found) {
      page_.problem = MessageOf(status);
    }
    request_.answers->PushPage(request_.stream, std::move(page_));
  }

 private:
  // For one entry more; sends the page when it is full.
  bool MakeRoom(size_t path_bytes) {
    cut_ = entries_ == limit_;
    if (cut_ || lister_.stopping_) return false;
    const bool full = page_.files.size() + page_.folders.size() == kFilesInPage;
    if (full || path_bytes_ + path_bytes > kMaxPathBytesInMessage) {
      ListingPage sent = std::exchange(page_, ListingPage());
      page_.request = request_.request;
      path_bytes_ = 0;
      over_ = !request_.answers->PushPage(request_.stream, std::move(sent));
      if (over_) return false;
    }
    path_bytes_ += path_bytes;
    ++entries_;
    return true;
  }

  Lister& lister_;
  const ListingRequest& request_;
  const uint32_t limit_;
  ListingPage page_;
  uint32_t entries_ = 0;
  size_t path_bytes_ = 0;
  bool cut_ = false;
  bool over_ = false;
};

Lister::Lister(ReadThrough& reads) : reads_(reads) {
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Run(deep_); });
  for (int i = 0; i < kShallowThreads; ++i) threads_.emplace_back([this] { Run(shallow_); });
}

Lister::~Lister() {
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
    std::deque<ListingRequest>& waiting = request.shallow ? shallow_ : deep_;
    if (waiting.size() < kMaxWaiting) {
      waiting.push_back(std::move(request));
      changed_.NotifyAll();
      return;
    }
  }
  ListingPage refusal;
  refusal.request = request.request;
  refusal.done = true;
  refusal.problem = "too many listings wait at this worker";
  request.answers->PushRefusal(request.stream, std::move(refusal));
}

void Lister::Run(std::deque<ListingRequest>& waiting) {
  for (;;) {
    ListingRequest request;
    {
      MutexLock lock(mutex_);
      changed_.Wait(mutex_, [&] { return stopping_ || !waiting.empty(); });
      if (stopping_) return;
      request = std::move(waiting.front());
      waiting.pop_front();
    }
    Answer(request);
  }
}

void Lister::Answer(const ListingRequest& request) {
  Answering answer(*this, request);
  const auto add_file = [&](const OriginFile& file) { return answer.AddFile(file); };
  const auto add_folder = [&](const std::string& folder) { return answer.AddFolder(folder); };
  answer.End(request.shallow ? reads_.origin().Children(request.path, add_file, add_folder)
                             : reads_.origin().List(request.path, add_file));
}

}  // namespace locus::worker
