// Which paths somebody has asked for, what is known of them, and when each is to be listed, by which worker. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/clock.h"

namespace locus::meta {

enum class InterestState {
  // Asked for; no listing has come back yet.
  kPending,
  kKnown,
  // The last listing said that there is no such path.
  kUnknown,
};

struct InterestOptions {
  // Of `index` in proto/config/v1/meta.proto.
  Duration ttl = std::chrono::hours(1);
  Duration refresh = std::chrono::seconds(30);
  Duration negative_ttl = std::chrono::seconds(5);
  // Ten streams with the most inputs that a stream may follow.
  size_t max_paths = 100'000;
  // A worker that says nothing about a listing for so long is given up, and the next one asked.
  Duration listing_silence = std::chrono::seconds(5);
  // Workers asked in a row; then a pause.
  size_t max_attempts = 3;
  Duration retry_pause = std::chrono::seconds(1);
  // Listings under way at once: each holds an answer of up to 1,000 files in memory.
  size_t max_in_flight = 64;
  // Unanswered ones at one worker. Four requests fit into the window of a stream that nobody reads: sending never
  // blocks.
  size_t max_at_worker = 4;
};

// How a listing ended.
enum class ListingEnd {
  // All files below the path were named.
  kComplete,
  kNotFound,
  // Stopped at the limit: what was sent holds, but there is more.
  kCut,
  // By the worker's own word, or by ours: silence, a broken stream, a bad message.
  kFailed,
};

// Not thread-safe. Time is handed in. Workers are named by the number of their stream, any number but 0.
//
// A path is of interest from the first Ask until nobody has asked for `ttl` and nobody holds it. It is listed at once,
// then again after `refresh` (`negative_ttl` when it was not there), by one worker at a time: many questions share one
// listing.
class InterestTable {
 public:
  explicit InterestTable(InterestOptions options = {}) : options_(options) {}

  struct Interest {
    std::string path;
    InterestState state = InterestState::kPending;
    // Why it is still pending, or why what is known is not all.
    std::string problem;
    // Whoever made the table's entry keeps a number of its own here.
    uint32_t tag = 0;

   private:
    friend class InterestTable;
    SteadyTime asked;
    uint32_t holds = 0;
    // When it is to be listed; without meaning while a listing is under way.
    SteadyTime due;
    SteadyTime listed;
    // 0: no listing under way.
    uint64_t request = 0;
    std::vector<uint64_t> tried;
  };

  // A listing under way.
  struct Order {
    uint64_t request = 0;
    std::string path;
    uint64_t worker = 0;
    // LocalityIndex::BeginListing; set by the caller of Plan.
    uint64_t listing = 0;
    // Kept by the caller: files that came, and whether some found no room.
    uint64_t files = 0;
    bool full = false;
    SteadyTime heard;
  };

  // The entry of the path, made when it is new (`*is_new`); null when the table is full. Holds until Expire.
  Interest* Ask(std::string_view path, SteadyTime now, bool* is_new);
  // Keeps a path beyond its ttl; one Release for each Hold. The path must have been asked for.
  void Hold(std::string_view path);
  void Release(std::string_view path, SteadyTime now);
  // Null when nobody is interested.
  const Interest* Find(std::string_view path) const;
  // Whether the path, or a folder above it, is of interest.
  bool Covers(std::string_view path) const;
  // A known path that did not show what was asked: list it again after negative_ttl instead of refresh.
  void Hasten(std::string_view path);

  // Gives the paths that are due to `workers`, in turn. Orders are under way from here on; set their `listing` before
  // the first part comes.
  std::vector<Order*> Plan(std::span<const uint64_t> workers, SteadyTime now);
  // The order that a worker's message belongs to; null when it was given up or never given to this worker.
  Order* Expect(uint64_t request, uint64_t worker, SteadyTime now);
  // The listing has ended. Returns the entry, whose state is the new one; null when the path is of no interest any
  // more.
  const Interest* End(uint64_t request, ListingEnd end, std::string_view problem, SteadyTime now);
  // A late answer to an order that was given up: the worker may be asked again.
  void EndLate(uint64_t request, uint64_t worker);
  // The worker's stream is gone: its listings go to others.
  void WorkerGone(uint64_t worker, SteadyTime now);
  // Gives up the listings of silent workers. Returns how many.
  size_t GiveUpSilent(SteadyTime now);

  // Takes out the paths whose time is over and returns them with their tags.
  std::vector<Interest> Expire(SteadyTime now);

  size_t size() const { return interests_.size(); }
  size_t CountOf(InterestState state) const;
  size_t in_flight() const { return orders_.size(); }

 private:
  void SetDue(Interest* interest, SteadyTime due);
  uint64_t NextWorker(std::span<const uint64_t> workers, const Interest& interest, bool* all_tried);
  void Fail(Interest* interest, uint64_t worker, std::string_view problem, SteadyTime now);

  const InterestOptions options_;
  std::unordered_map<std::string, Interest> interests_;
  // What is not under way, by time.
  std::set<std::pair<SteadyTime, std::string>> due_;
  std::map<uint64_t, Order> orders_;
  // Orders given up whose worker has not answered yet: request and worker.
  std::set<std::pair<uint64_t, uint64_t>> abandoned_;
  // Unanswered orders by worker, given up or not.
  std::map<uint64_t, size_t> at_worker_;
  uint64_t last_request_ = 0;
  size_t turn_ = 0;
};

}  // namespace locus::meta
