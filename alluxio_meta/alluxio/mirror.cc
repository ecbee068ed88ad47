#include "alluxio_meta/alluxio/mirror.h"

#include <optional>
#include <utility>

namespace locus::meta {

// What the catalog wants to know and nobody has answered yet.
class Mirror::Questions final : public WorkerLink {
 public:
  struct Question {
    uint64_t request = 0;
    std::string path;
  };

  // The bound on files is the catalog's to keep: it ends a listing that exceeds it.
  void AskListing(uint64_t request, const std::string& path, uint32_t /*limit*/) override {
    MutexLock lock(mutex_);
    if (over_) return;
    waiting_.push_back({request, path});
    changed_.NotifyOne();
  }

  // Nothing to cut: a silent master shows in its calls' deadlines.
  void Cut() override {}

  // Nothing: it is over.
  std::optional<Question> Next() {
    MutexLock lock(mutex_);
    changed_.Wait(mutex_, [this] { return over_ || !waiting_.empty(); });
    if (over_) return std::nullopt;
    Question question = std::move(waiting_.front());
    waiting_.pop_front();
    return question;
  }

  void End() {
    MutexLock lock(mutex_);
    over_ = true;
    waiting_.clear();
    changed_.NotifyAll();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool over_ GUARDED_BY(mutex_) = false;
  std::deque<Question> waiting_ GUARDED_BY(mutex_);
};

Mirror::Mirror(Master& master, Catalog& catalog, MirrorOptions options, const Clock& clock)
    : master_(master), catalog_(catalog), options_(options), clock_(clock), questions_(std::make_shared<Questions>()) {}

Mirror::~Mirror() { Stop(); }

void Mirror::Start() {
  catalog_.SetMirror(questions_);
  threads_.emplace_back([this] { WatchWorkers(); });
  for (size_t i = 0; i < options_.listers; ++i) threads_.emplace_back([this] { AnswerQuestions(); });
}

void Mirror::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_asked_.NotifyAll();
  questions_->End();
  master_.Stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool Mirror::Pause(Duration pause) {
  MutexLock lock(mutex_);
  return !stop_asked_.WaitFor(mutex_, pause, [this] { return stopping_; });
}

void Mirror::WatchWorkers() {
  std::optional<SteadyTime> mounts_asked;
  MasterTerm mounts_term = 0;
  do {
    const absl::StatusOr<MasterWorkers> workers = master_.Workers();
    if (!workers.ok()) {
      catalog_.MasterFailed(workers.status());
      continue;
    }
    const SteadyTime now = clock_.Now();
    const bool mounts_due =
        !mounts_asked.has_value() || workers->term != mounts_term || now - *mounts_asked >= options_.mount_refresh;
    catalog_.MasterWorkersSaid(*workers);
    if (!mounts_due) continue;
    const absl::StatusOr<MasterMounts> mounts = master_.Mounts();
    if (!mounts.ok()) continue;
    mounts_asked = now;
    mounts_term = mounts->term;
    catalog_.SetMounts(mounts->mounts);
  } while (Pause(options_.worker_refresh));
}

void Mirror::AnswerQuestions() {
  while (const std::optional<Questions::Question> question = questions_->Next()) {
    Duration took{0};
    const auto take = [&](MasterPage page) {
      took += page.took;
      return catalog_.Page(question->request, page);
    };
    absl::Status status = absl::OkStatus();
    bool is_file = catalog_.IsFile(question->path);
    if (is_file) {
      absl::StatusOr<MasterPage> page = master_.Status(question->path);
      // A folder has taken the file's place.
      is_file = !absl::IsFailedPrecondition(page.status());
      status = page.status();
      if (page.ok() && !take(*std::move(page))) status = absl::UnavailableError("the master has changed");
    }
    if (!is_file) {
      bool wanted = true;
      status = master_.List(question->path, [&](MasterPage page) { return wanted = take(std::move(page)); });
      if (status.ok() && !wanted) status = absl::UnavailableError("the listing was ended: the master has changed");
    }
    catalog_.Listed(question->request, status, took);
  }
}

}  // namespace locus::meta
