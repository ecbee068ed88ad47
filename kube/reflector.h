// Keeps a copy of a collection as the API server has it: lists once, then follows the changes
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "kube/objects.h"
#include "kube/reflector_rule.h"
#include "kube/watch.h"

namespace locus::kube {

// Who keeps the copy. All calls come from the reflector's thread, never two at once, none after its Stop; they must not
// call Stop.
template <typename T>
class ReflectorSink {
 public:
  virtual ~ReflectorSink() = default;
  // A list starts. What is there stays until its End. A list that fails has no End, and another Begin follows.
  virtual void Begin() = 0;
  // Objects of the list under way; they may be there already, and may have changed.
  virtual void Page(std::vector<T> objects) = 0;
  // The list is whole: what none of its pages has named is gone.
  virtual void End() = 0;
  virtual void Event(WatchEvent<T> event) = 0;
  // The server has said something that is no error; comes before the other calls too.
  virtual void Heard() {}
};

struct ReflectorOptions {
  // For people: "nodes".
  std::string what;
  // The first pause after a failure, and the longest.
  Duration first_retry = std::chrono::milliseconds(500);
  Duration max_retry = std::chrono::seconds(30);
  uint64_t seed = 0;
};

// Since the start.
struct ReflectorStats {
  // Begun, and come to their end.
  uint64_t lists_begun = 0;
  uint64_t lists = 0;
  // Begun.
  uint64_t watches = 0;
  // Lists and watches that ended with an error, expired versions included.
  uint64_t failures = 0;
  // Of them, expired versions: a list follows.
  uint64_t expired = 0;
  uint64_t events = 0;
};

// A thread of its own lists, and then watches for ever; when to do which after an error: ReflectorRule. The methods are
// thread-safe.
template <typename T>
class Reflector {
 public:
  // `sink` and `clock` must outlive this.
  Reflector(std::unique_ptr<Collection<T>> collection, ReflectorOptions options, const Clock& clock,
            ReflectorSink<T>* sink);
  // Stops.
  ~Reflector();
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  // Once.
  void Start();
  // Ends the call under way, and the thread; a further one does nothing. From one thread.
  void Stop();

  // A list has come to its end; it stays true.
  bool Synced() const;
  // When the server last said anything that was no error: a page, a stream that was opened, an event, a bookmark.
  std::optional<SteadyTime> Heard() const;
  ReflectorStats Stats() const;
  // Why the copy may be out of date, and what to do; empty while the server is heard. An expired version is no problem,
  // unless it happens again and again.
  std::string problem() const;

 private:
  using Step = ReflectorRule::Step;

  void Run();
  Step List();
  Step Watch();
  // The server has said something that is no error; `news`: an event or a bookmark.
  void NoteHeard(bool news);
  // The outcome of a list or watch, and what comes next.
  void NoteEnd(const char* verb, const absl::Status& status, const Step& next);
  bool Stopping() const;

  const std::unique_ptr<Collection<T>> collection_;
  const ReflectorOptions options_;
  const Clock& clock_;
  ReflectorSink<T>* const sink_;

  // Of the thread alone.
  ReflectorRule rule_;
  std::string version_;

  mutable Mutex mutex_;
  CondVar stop_asked_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  ReflectorStats stats_ GUARDED_BY(mutex_);
  std::optional<SteadyTime> heard_ GUARDED_BY(mutex_);
  std::string problem_ GUARDED_BY(mutex_);
  // Without news between.
  uint64_t failures_in_a_row_ GUARDED_BY(mutex_) = 0;
  // People were told of the outage.
  bool told_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

extern template class Reflector<Node>;
extern template class Reflector<Pod>;

}  // namespace locus::kube
