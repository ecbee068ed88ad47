// Asks the workers what their under-store has, now: for callers that want no picture of half a minute ago.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_meta/listings/kept_listings.h"
#include "alluxio_meta/listings/path_listing.h"
#include "alluxio_meta/listings/question_book.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"

namespace locus::meta {

// The way to a worker. Thread-safe.
class ListingLink {
 public:
  virtual ~ListingLink() = default;
  virtual void AskPath(const QuestionBook::Order& order) = 0;
};

// Thread-safe. A thread of its own, for answers and for workers that stay silent. No lock is held while a link or a
// caller is called.
class WorkerListings {
 public:
  using Answer = absl::StatusOr<std::shared_ptr<const PathListing>>;
  using Done = std::function<void(Answer)>;
  // Numbers what is asked for: LocalityIndex::BeginListing.
  using Numbers = std::function<uint64_t()>;

  // `clock` and `metrics` must outlive it, and it the last Render.
  WorkerListings(ListingLimits limits, Numbers numbers, const Clock& clock, Metrics& metrics);
  // Stops.
  ~WorkerListings();
  WorkerListings(const WorkerListings&) = delete;
  WorkerListings& operator=(const WorkerListings&) = delete;

  // `done` is called once, on this thread or on our own; it must not block. Errors as in QuestionBook::Ended, with the
  // path in the text. After Stop: UNAVAILABLE.
  void Ask(const ListingQuestion& question, Done done);
  // Those who wait hear UNAVAILABLE. Idempotent.
  void Stop();

  // ---- of a worker's stream
  void Opened(uint64_t stream, std::shared_ptr<ListingLink> link);
  void Closed(uint64_t stream);
  // Whether the number is of a question from here.
  static bool IsOurs(uint64_t request) { return (request & QuestionBook::kRequestBit) != 0; }
  // False: nobody waits for it any more.
  bool Part(uint64_t stream, AnswerPart part);

 private:
  using Sending = std::pair<std::shared_ptr<ListingLink>, QuestionBook::Order>;
  struct Figures;

  std::vector<Sending> PlanLocked() REQUIRES(mutex_);
  static void Send(const std::vector<Sending>& orders);
  void Run();
  void Finish(QuestionBook::Ended ended);

  const ListingLimits limits_;
  const Numbers numbers_;
  const Clock& clock_;
  const std::unique_ptr<const Figures> figures_;

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  // Something may have ended.
  bool stirred_ GUARDED_BY(mutex_) = false;
  QuestionBook book_ GUARDED_BY(mutex_);
  KeptListings kept_ GUARDED_BY(mutex_);
  std::map<uint64_t, std::shared_ptr<ListingLink>> links_ GUARDED_BY(mutex_);
  std::map<QuestionBook::Ticket, Done> waiting_ GUARDED_BY(mutex_);
  QuestionBook::Ticket last_ticket_ GUARDED_BY(mutex_) = 0;
  // As far as /metrics has been told.
  uint64_t told_retries_ GUARDED_BY(mutex_) = 0;
  uint64_t told_malformed_ GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace locus::meta
