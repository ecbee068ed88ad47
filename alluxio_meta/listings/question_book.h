// Questions about the under-store that are under way at workers: which one is asked, and who waits for the answer.
// Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "alluxio_meta/listings/path_listing.h"
#include "common/clock.h"

namespace locus::meta {

struct ListingLimits {
  // No answer is older than this when it is given: it may be shared by all who ask within that time. Zero: everybody
  // asks for himself.
  Duration ttl = std::chrono::seconds(1);
  // Files and folders in one answer.
  uint32_t max_entries = 1'000'000;
  // A worker that says nothing about a question for so long is given up, and another one asked; it is then left alone
  // for `avoid`, unless there is no other.
  Duration silence = std::chrono::seconds(10);
  Duration avoid = std::chrono::seconds(30);
  // Workers asked in a row.
  size_t max_attempts = 3;
  // Unanswered questions at one worker: with those of InterestOptions they fit into the window of a stream that nobody
  // reads, so that sending never blocks.
  size_t max_at_worker = 8;
};

// One message of an answer.
struct AnswerPart {
  uint64_t request = 0;
  std::vector<FileFact> files;
  std::vector<std::string> folders;
  bool done = false;
  bool not_found = false;
  std::string problem;
};

// Not thread-safe. Time is handed in. Workers are named by the number of their stream.
class QuestionBook {
 public:
  using Ticket = uint64_t;
  // Numbers of requests have this bit, which those of InterestTable never reach.
  static constexpr uint64_t kRequestBit = uint64_t{1} << 63;

  explicit QuestionBook(ListingLimits limits) : limits_(limits) {}

  // `ticket` waits for the answer from now on. True: the question is new; `listing` goes into its answer. False: the
  // same one is under way, and young enough to be shared.
  bool Ask(const ListingQuestion& question, Ticket ticket, uint64_t listing, SteadyTime now);

  void Opened(uint64_t stream) { streams_[stream]; }
  // Its questions go to others.
  void Closed(uint64_t stream);

  struct Order {
    uint64_t stream = 0;
    uint64_t request = 0;
    std::string path;
    uint32_t limit = 0;
    bool shallow = false;
  };
  // What is to be sent now.
  std::vector<Order> Plan(SteadyTime now);
  // False: the question was given up, or was never this worker's.
  bool Part(uint64_t stream, AnswerPart part, SteadyTime now);
  // Gives up silent workers.
  void Expire(SteadyTime now);

  struct Ended {
    ListingQuestion question;
    SteadyTime begun;
    std::vector<Ticket> tickets;
    // NOT_FOUND is no error: PathListing::found. UNAVAILABLE: no worker answered. INTERNAL: they answered that they
    // cannot list it. RESOURCE_EXHAUSTED: there is more than max_entries.
    absl::Status status;
    // As it came, in any order, paths perhaps twice; Tidy puts it right.
    PathListing listing;
  };
  // Those that have ended since the last call.
  std::vector<Ended> TakeEnded();
  // Sorts, drops repeated paths, and makes the folders of a tree.
  static void Tidy(const ListingQuestion& question, PathListing* listing);

  size_t under_way() const { return open_.size(); }
  // Since the start: workers given up or refusing, so that another one was asked; entries that made no sense.
  uint64_t retries() const { return retries_; }
  uint64_t malformed() const { return malformed_; }

 private:
  struct Stream {
    size_t unanswered = 0;
    SteadyTime avoid_until;
  };
  struct Open {
    ListingQuestion question;
    SteadyTime begun;
    std::vector<Ticket> tickets;
    std::vector<uint64_t> tried;
    // 0: waits for a worker.
    uint64_t stream = 0;
    uint64_t request = 0;
    SteadyTime heard;
    PathListing listing;
    uint64_t entries = 0;
    // Of the last attempt.
    absl::Status problem;
  };

  // A stream that may be asked; 0: none now. `*all_tried`: waiting is of no use.
  uint64_t Choose(const Open& open, SteadyTime now, bool* all_tried);
  void Take(Open* open, AnswerPart* part);
  absl::Status Verdict(const Open& open, const AnswerPart& last) const;
  // Another worker, or the end.
  void Fail(uint64_t id, absl::Status problem);
  void End(uint64_t id, absl::Status status);

  const ListingLimits limits_;
  std::map<uint64_t, Stream> streams_;
  // By a number of our own, which stays when another worker is asked.
  std::map<uint64_t, Open> open_;
  // Which of them each request at a worker is for.
  std::map<uint64_t, uint64_t> requests_;
  // The youngest of each.
  std::map<ListingQuestion, uint64_t> newest_;
  // Those that wait for a worker, the oldest in front.
  std::deque<uint64_t> waiting_;
  // Given up: request and stream that still owes the answer.
  std::set<std::pair<uint64_t, uint64_t>> abandoned_;
  std::vector<Ended> ended_;
  uint64_t last_request_ = kRequestBit;
  uint64_t last_id_ = 0;
  uint64_t turn_ = 0;
  uint64_t retries_ = 0;
  uint64_t malformed_ = 0;
};

}  // namespace locus::meta
