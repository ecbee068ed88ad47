#include "alluxio_meta/grpc/watch_stream.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "alluxio_meta/grpc/locality_codec.h"
#include "alluxio_meta/mounts/canonical_path.h"
#include "common/status.h"

namespace locus::meta {

WatchStream::WatchStream(Catalog& catalog, const Clock& clock, grpc::ServerContext& context, Stream& stream)
    : catalog_(catalog), clock_(clock), context_(context), stream_(stream), last_write_(clock.Now()) {
  catalog_.AddWake(&wake_);
}

WatchStream::~WatchStream() {
  catalog_.RemoveWake(&wake_);
  MutexLock lock(mutex_);
  for (const auto& [input, followed] : followed_) catalog_.Unfollow(followed);
}

absl::Status WatchStream::Run() {
  std::thread reader([this] { ReadAll(); });
  bool whole = true;
  while (whole && !reader_done_ && !context_.IsCancelled()) {
    bool again = false, soon = false;
    whole = WriteNews(&again, &soon);
    if (again) continue;
    constexpr Duration kSoon = std::chrono::milliseconds(20);
    const Duration until_beat = last_write_ + kBeatInterval - clock_.Now();
    wake_.Wait(std::clamp(soon ? kSoon : until_beat, Duration(std::chrono::milliseconds(1)), kBeatInterval));
  }
  // The reader sits in Read unless it has ended by itself.
  if (!reader_done_) context_.TryCancel();
  reader.join();
  {
    MutexLock lock(mutex_);
    if (!problem_.ok()) return problem_;
  }
  // The client has closed its side: it still gets what it asked for last.
  for (bool again = whole, soon = false; again && WriteNews(&again, &soon);) {
  }
  return absl::OkStatus();
}

void WatchStream::ReadAll() {
  v1::WatchLocalityRequest request;
  while (stream_.Read(&request)) {
    const absl::Status status = Take(request);
    wake_.Set();
    if (status.ok()) continue;
    MutexLock lock(mutex_);
    problem_ = status;
    break;
  }
  reader_done_ = true;
  wake_.Set();
}

absl::Status WatchStream::Take(const v1::WatchLocalityRequest& request) {
  for (int i = 0; i < request.add_size(); ++i) {
    if (request.add(i).size() <= kMaxPathBytes) continue;
    return InvalidArgument("add[" + std::to_string(i) + "]: has " + std::to_string(request.add(i).size()) +
                           " bytes, allowed are " + std::to_string(kMaxPathBytes));
  }
  MutexLock lock(mutex_);
  for (const std::string& input : request.remove()) Remove(input);
  for (const std::string& input : request.add()) {
    if (followed_.size() >= kMaxWatchedInputs && !followed_.contains(input)) {
      return InvalidArgument("add: more than " + std::to_string(kMaxWatchedInputs) + " inputs on one stream");
    }
    Add(input);
  }
  for (const std::string& input : request.wanted()) {
    const auto it = followed_.find(input);
    if (it != followed_.end()) catalog_.Want(it->second);
  }
  return absl::OkStatus();
}

void WatchStream::Add(const std::string& input) {
  const auto it = followed_.find(input);
  if (it != followed_.end()) {
    // Asked for again: sent again.
    it->second.sent = false;
    return;
  }
  followed_.emplace(input, catalog_.Follow(catalog_.Parse(input)));
}

void WatchStream::Remove(const std::string& input) {
  const auto it = followed_.find(input);
  if (it == followed_.end()) return;
  catalog_.Unfollow(it->second);
  followed_.erase(it);
}

bool WatchStream::WriteNews(bool* again, bool* soon) {
  v1::WatchLocalityResponse response;
  {
    MutexLock lock(mutex_);
    std::vector<Followed*> followed;
    followed.reserve(followed_.size());
    for (auto& [input, f] : followed_) followed.push_back(&f);
    const Catalog::Changes changes = catalog_.Changed(followed, kMergeChanges, kMaxRowsOfMessage);
    for (const InputPicture& picture : changes.pictures) Encode(picture, response.add_inputs());
    *again = changes.more;
    *soon = changes.withheld;
  }
  const bool workers = FillWorkers(&response);
  const SteadyTime now = clock_.Now();
  if (response.inputs_size() == 0 && !workers && now - last_write_ < kBeatInterval) return true;
  Encode(catalog_.FreshnessNow(), response.mutable_freshness());
  last_write_ = now;
  return stream_.Write(response);
}

bool WatchStream::FillWorkers(v1::WatchLocalityResponse* response) {
  const std::pair<uint64_t, uint64_t> versions = catalog_.WorkerVersions();
  const SteadyTime now = clock_.Now();
  const bool load_is_due = versions.second != sent_workers_.second && now - last_load_ >= kBeatInterval;
  if (versions.first == sent_workers_.first && !load_is_due) return false;
  sent_workers_ = versions;
  last_load_ = now;
  v1::WorkerList* list = response->mutable_workers();
  for (const WorkerPicture& worker : catalog_.Workers()) Encode(worker, list->add_workers());
  return true;
}

}  // namespace locus::meta
