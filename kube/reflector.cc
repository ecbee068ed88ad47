#include "kube/reflector.h"

#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus::kube {
namespace {

// A connection that breaks off once is everyday life: it is told when the next attempt fails too.
constexpr uint64_t kFailuresToTell = 2;

}  // namespace

template <typename T>
Reflector<T>::Reflector(std::unique_ptr<Collection<T>> collection, ReflectorOptions options, const Clock& clock,
                        ReflectorSink<T>* sink)
    : collection_(std::move(collection)),
      options_(std::move(options)),
      clock_(clock),
      sink_(sink),
      rule_(options_.first_retry, options_.max_retry, options_.seed) {}

template <typename T>
Reflector<T>::~Reflector() {
  Stop();
}

template <typename T>
void Reflector<T>::Start() {
  thread_ = std::thread([this] { Run(); });
}

template <typename T>
void Reflector<T>::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  collection_->Stop();
  stop_asked_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

template <typename T>
void Reflector<T>::Run() {
  for (Step step;;) {
    {
      MutexLock lock(mutex_);
      if (stop_asked_.WaitFor(mutex_, step.pause, [this] { return stopping_; })) return;
    }
    step = step.list ? List() : Watch();
  }
}

template <typename T>
ReflectorRule::Step Reflector<T>::List() {
  {
    MutexLock lock(mutex_);
    ++stats_.lists_begun;
  }
  sink_->Begin();
  const absl::StatusOr<std::string> version = collection_->List([this](std::vector<T> page) {
    NoteHeard(false);
    if (!Stopping()) sink_->Page(std::move(page));
  });
  if (version.ok() && !Stopping()) {
    version_ = *version;
    sink_->End();
    MutexLock lock(mutex_);
    ++stats_.lists;
  }
  const Step next = rule_.Listed(version.status());
  NoteEnd("list", version.status(), next);
  return next;
}

template <typename T>
ReflectorRule::Step Reflector<T>::Watch() {
  {
    MutexLock lock(mutex_);
    ++stats_.watches;
  }
  const SteadyTime start = clock_.Now();
  const std::string from = version_;
  bool opened = false;
  const absl::Status status = collection_->Watch(
      &version_,
      [this](WatchEvent<T> event) {
        if (Stopping()) return;
        sink_->Event(std::move(event));
        MutexLock lock(mutex_);
        ++stats_.events;
      },
      [&] {
        opened = true;
        NoteHeard(version_ != from);
      });
  const Step next = rule_.Watched(status, {opened, version_ != from, clock_.Now() - start});
  NoteEnd("watch", status, next);
  return next;
}

template <typename T>
void Reflector<T>::NoteHeard(bool news) {
  bool mended = false;
  {
    MutexLock lock(mutex_);
    heard_ = clock_.Now();
    problem_.clear();
    mended = std::exchange(told_, false);
    if (news) failures_in_a_row_ = 0;
  }
  if (mended) LogInfo("the API server is heard again", {{"of", options_.what}});
  if (!Stopping()) sink_->Heard();
}

template <typename T>
void Reflector<T>::NoteEnd(const char* verb, const absl::Status& status, const Step& next) {
  if (status.ok()) return;
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    ++stats_.failures;
    if (status.code() == absl::StatusCode::kOutOfRange) ++stats_.expired;
    // A version that has expired once is followed by a list at once.
    if (next.pause == Duration(0)) return;
    problem_ = "cannot " + std::string(verb) + " " + options_.what + ": " + MessageOf(status);
    // An outage is told once, not at each attempt.
    if (++failures_in_a_row_ != kFailuresToTell) return;
    told_ = true;
  }
  LogWarning("the API server cannot be followed", {{"of", options_.what}, {"reason", MessageOf(status)}});
}

template <typename T>
bool Reflector<T>::Stopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

template <typename T>
bool Reflector<T>::Synced() const {
  MutexLock lock(mutex_);
  return stats_.lists > 0;
}

template <typename T>
std::optional<SteadyTime> Reflector<T>::Heard() const {
  MutexLock lock(mutex_);
  return heard_;
}

template <typename T>
ReflectorStats Reflector<T>::Stats() const {
  MutexLock lock(mutex_);
  return stats_;
}

template <typename T>
std::string Reflector<T>::problem() const {
  MutexLock lock(mutex_);
  return problem_;
}

template class Reflector<Node>;
template class Reflector<Pod>;

}  // namespace locus::kube
