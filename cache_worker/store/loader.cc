#include "cache_worker/store/loader.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "common/status.h"

namespace locus::worker {
namespace {

constexpr auto kProgressEvery = std::chrono::milliseconds(500);

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
  Run(ReadThrough& reads, const LoadOptions& options, const Cancelled& cancelled)
      : reads_(reads), options_(options), cancelled_(cancelled), spare_(reads.store().SpareFromNow()) {
    put_.tier = options.tier;
    put_.spare_since = spare_->since();
  }

  absl::Status ListFiles(const Clock& clock, const std::function<bool(const LoadState&)>& progress) {
    uint64_t position = 0;
    SteadyTime told = clock.Now();
    bool too_many = false;
    const absl::Status listed = reads_.origin().List(options_.path, [&](const OriginFile& file) {
      if (options_.shards == 0 || position % options_.shards == options_.shard) {
        too_many = files_.size() >= kMaxLoadFiles;
        if (!too_many) Add(file);
      }
      ++position;
      if (clock.Now() - told >= kProgressEvery) {
        told = clock.Now();
        if (!progress(State())) stopped_ = true;
      }
      return !too_many && !stopped_ && !cancelled_();
    });
    if (too_many) {
      return Exhausted("'" + options_.path + "' has more than " + std::to_string(kMaxLoadFiles) +
                       " files: load it in parts");
    }
    // Part of the folder could not be listed: load the rest.
    if (!listed.ok() && files_.empty()) return listed;
    MutexLock lock(mutex_);
    if (!listed.ok()) AddProblem(MessageOf(listed));
    for (const File& file : files_) {
      if (file.left == 0) ++state_.files_done;
    }
    return absl::OkStatus();
  }

  // The body of each thread.
  void Work() {
    while (!stopped_ && !cancelled_()) {
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
      const absl::StatusOr<bool> fetched =
          reads_.Ensure(file->facts, index, put_, [this] { return stopped_ || cancelled_(); });
      Note(*file, index, fetched);
    }
    MutexLock lock(mutex_);
    --working_;
    changed_.NotifyAll();
  }

  absl::Status WaitAndTell(const std::function<bool(const LoadState&)>& progress) {
    for (bool all_done = false; !all_done && !stopped_;) {
      LoadState state;
      {
        MutexLock lock(mutex_);
        all_done = changed_.WaitFor(mutex_, kProgressEvery, [this] { return working_ == 0; });
        state = state_;
      }
      if (!all_done && !progress(state)) stopped_ = true;
    }
    MutexLock lock(mutex_);
    changed_.WaitFor(mutex_, std::chrono::hours(1), [this] { return working_ == 0; });
    if (stopped_ || cancelled_()) return absl::CancelledError("cancelled");
    state_.done = true;
    progress(state_);
    return absl::OkStatus();
  }

  // Before the threads start.
  void SetThreads(uint32_t threads) {
    MutexLock lock(mutex_);
    working_ = threads;
  }

 private:
  struct File {
    std::shared_ptr<const FileFacts> facts;
    uint64_t left = 0;
    bool failed = false;
  };

  void Add(const OriginFile& origin_file) {
    auto facts = std::make_shared<const FileFacts>(reads_.Learn(origin_file));
    const uint64_t blocks = BlockCount(*facts);
    MutexLock lock(mutex_);
    ++state_.files_total;
    state_.bytes_total += facts->length;
    files_.push_back({std::move(facts), blocks, false});
  }

  LoadState State() {
    MutexLock lock(mutex_);
    return state_;
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
  const std::unique_ptr<BlockStore::Spare> spare_;
  PutOptions put_;
  std::atomic<bool> stopped_{false};
  Mutex mutex_;
  CondVar changed_;
  LoadState state_ GUARDED_BY(mutex_);
  // The list itself is fixed once the threads run.
  std::vector<File> files_ GUARDED_BY(mutex_);
  size_t next_file_ GUARDED_BY(mutex_) = 0;
  uint64_t next_block_ GUARDED_BY(mutex_) = 0;
  uint32_t working_ GUARDED_BY(mutex_) = 0;
};

}  // namespace

absl::Status Loader::Run(const LoadOptions& options, const Cancelled& cancelled,
                         const std::function<bool(const LoadState&)>& progress) {
  LOCUS_RETURN_IF_ERROR(CheckOptions(options, reads_.store().options()));
  worker::Run run(reads_, options, cancelled);
  LOCUS_RETURN_IF_ERROR(run.ListFiles(clock_, progress));
  run.SetThreads(threads_);
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < threads_; ++i) threads.emplace_back([&run] { run.Work(); });
  const absl::Status status = run.WaitAndTell(progress);
  for (std::thread& thread : threads) thread.join();
  return status;
}

}  // namespace locus::worker
