#include "cache_worker/store/loader.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "cache_worker/store/token_bucket.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr auto kProgressEvery = std::chrono::milliseconds(500);
constexpr Duration kCancelPoll = std::chrono::milliseconds(50);
// What a load may take at once after a time in which it took nothing, in seconds of its rate.
constexpr double kBurstSeconds = 0.1;

absl::Status CheckOptions(const LoadOptions& options, const BlockStoreOptions& store) {
  if (options.shards > 0 && options.shard >= options.shards) {
    return InvalidArgument("shard: must be below shards (" + std::to_string(options.shards) + ")");
  }
  std::string known;
  for (const TierFolder& folder : store.folders) {
    if (!options.tier || folder.tier == *options.tier) return absl::OkStatus();
    known += (known.empty() ? "" : ", ") + std::string(TierName(folder.tier));
  }
  return InvalidArgument("tier: this worker has no " + std::string(TierName(*options.tier)) + ", it has " + known);
}

// One load: files, a cursor over their blocks, and what became of them.
class Run {
 public:
  Run(ReadThrough& reads, const LoadOptions& options, const Cancelled& cancelled, const Clock& clock,
      const Pause& pause)
      : reads_(reads),
        options_(options),
        cancelled_(cancelled),
        clock_(clock),
        pause_(pause),
        spare_(reads.store().SpareFromNow()) {
    put_.tier = options.tier;
    put_.spare_since = spare_->since();
    if (options.bytes_per_second == 0) return;
    const auto rate = static_cast<double>(options.bytes_per_second);
    bucket_.emplace(rate, rate * kBurstSeconds, clock.Now());
  }

  absl::Status ListFiles() {
    uint64_t position = 0;
    bool too_many = false;
    const absl::Status listed = reads_.origin().List(options_.path, [&](const OriginFile& file) {
      if (options_.shards == 0 || position % options_.shards == options_.shard) {
        too_many = files_listed_ >= kMaxLoadFiles;
        if (!too_many) Add(file);
      }
      ++position;
      return !too_many && !Ended();
    });
    if (too_many) {
      return Exhausted("'" + options_.path + "' has more than " + std::to_string(kMaxLoadFiles) +
                       " files: load it in parts");
    }
    MutexLock lock(mutex_);
    // Part of the folder could not be listed: load the rest.
    if (!listed.ok() && files_.empty()) return listed;
    if (!listed.ok()) AddProblem(MessageOf(listed));
    for (const File& file : files_) {
      if (file.left == 0) ++state_.files_done;
    }
    return absl::OkStatus();
  }

  // The body of each thread.
  void Work() {
    const Pace pace = bucket_ ? Pace([this](uint64_t bytes) { WaitFor(bytes); }) : Pace();
    while (!Ended()) {
      File* file = nullptr;
      uint64_t index = 0;
      {
        MutexLock lock(mutex_);
        while (next_file_ < files_.size() &&
               (files_[next_file_].failed || next_block_ >= BlockCount(*files_[next_file_].facts))) {
          ++next_file_;
          next_block_ = 0;
        }
        if (next_file_ >= files_.size()) break;
        file = &files_[next_file_];
        index = next_block_++;
      }
      Note(*file, index,
           reads_.Ensure(
               file->facts, index, put_, [this] { return Ended(); }, pace));
    }
  }

  // Does `work` on so many threads, and tells how it goes until all have ended.
  void Together(uint32_t threads, const std::function<void()>& work,
                const std::function<bool(const LoadState&)>& progress) {
    {
      MutexLock lock(mutex_);
      working_ = threads;
    }
    std::vector<std::thread> started;
    for (uint32_t i = 0; i < threads; ++i) {
      started.emplace_back([this, &work] {
        work();
        MutexLock lock(mutex_);
        --working_;
        changed_.NotifyAll();
      });
    }
    Tell(progress);
    for (std::thread& thread : started) thread.join();
  }

  absl::Status Finish(const std::function<bool(const LoadState&)>& progress) {
    MutexLock lock(mutex_);
    if (Ended()) return absl::CancelledError("cancelled");
    state_.done = true;
    progress(state_);
    return absl::OkStatus();
  }

 private:
  struct File {
    std::shared_ptr<const FileFacts> facts;
    uint64_t left = 0;
    bool failed = false;
  };

  bool Ended() const { return stopped_ || cancelled_(); }

  void Tell(const std::function<bool(const LoadState&)>& progress) {
    for (bool all_done = false; !all_done && !stopped_;) {
      LoadState state;
      {
        MutexLock lock(mutex_);
        all_done = changed_.WaitFor(mutex_, kProgressEvery, [this] { return working_ == 0; });
        state = state_;
      }
      if (!all_done && !progress(state)) stopped_ = true;
    }
  }

  void WaitFor(uint64_t bytes) {
    Duration wait{};
    {
      MutexLock lock(mutex_);
      wait = bucket_->Take(static_cast<double>(bytes), clock_.Now());
    }
    if (wait > Duration(0)) pause_(wait, [this] { return Ended(); });
  }

  void Add(const OriginFile& origin_file) {
    auto facts = std::make_shared<const FileFacts>(reads_.Learn(origin_file));
    const uint64_t blocks = BlockCount(*facts);
    MutexLock lock(mutex_);
    ++state_.files_total;
    ++files_listed_;
    state_.bytes_total += facts->length;
    files_.push_back({std::move(facts), blocks, false});
  }

  void AddProblem(std::string text) REQUIRES(mutex_) {
    if (state_.problems.size() < kMaxLoadProblems) state_.problems.push_back(std::move(text));
  }

  void Note(File& file, uint64_t index, const absl::StatusOr<bool>& fetched) {
    MutexLock lock(mutex_);
    if (!fetched.ok()) {
      if (!file.failed && !absl::IsCancelled(fetched.status())) {
        AddProblem(file.facts->path + ": " + MessageOf(fetched.status()));
      }
      file.failed = true;
      return;
    }
    const uint64_t bytes = BlockLength(*file.facts, index);
    state_.bytes_done += bytes;
    if (*fetched) state_.bytes_fetched += bytes;
    if (--file.left == 0) ++state_.files_done;
  }

  ReadThrough& reads_;
  const LoadOptions& options_;
  const Cancelled& cancelled_;
  const Clock& clock_;
  const Pause& pause_;
  const std::unique_ptr<BlockStore::Spare> spare_;
  PutOptions put_;
  // Of the one thread that lists.
  size_t files_listed_ = 0;
  std::atomic<bool> stopped_{false};
  Mutex mutex_;
  CondVar changed_;
  // Absent: no bound.
  std::optional<TokenBucket> bucket_ GUARDED_BY(mutex_);
  LoadState state_ GUARDED_BY(mutex_);
  // The list itself is fixed once the threads run.
  std::vector<File> files_ GUARDED_BY(mutex_);
  size_t next_file_ GUARDED_BY(mutex_) = 0;
  uint64_t next_block_ GUARDED_BY(mutex_) = 0;
  uint32_t working_ GUARDED_BY(mutex_) = 0;
};

}  // namespace

void PauseFor(Duration time, const Cancelled& cancelled) {
  Mutex mutex;
  CondVar never;
  MutexLock lock(mutex);
  while (time > Duration(0) && !cancelled()) {
    const Duration step = std::min(time, kCancelPoll);
    never.WaitFor(mutex, step, [] { return false; });
    time -= step;
  }
}

absl::Status Loader::Run(const LoadOptions& options, const Cancelled& cancelled,
                         const std::function<bool(const LoadState&)>& progress) {
  LOCUS_RETURN_IF_ERROR(CheckOptions(options, reads_.store().options()));
  worker::Run run(reads_, options, cancelled, clock_, pause_);
  absl::Status listed;
  run.Together(
      1, [&] { listed = run.ListFiles(); }, progress);
  LOCUS_RETURN_IF_ERROR(listed);
  run.Together(
      threads_, [&run] { run.Work(); }, progress);
  return run.Finish(progress);
}

}  // namespace locus::worker
