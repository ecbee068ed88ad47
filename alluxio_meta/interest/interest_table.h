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
  // How often a hot path is listed: one that somebody waits for, or whose last listing brought news. Zero: every known
  // path is listed each `refresh`, whether hot or not.
  Duration fast{0};
  // For how long a path stays hot. Then the pause doubles with each listing, up to `refresh`, and beyond where that is
  // needed to hold max_load.
  Duration fast_for = std::chrono::seconds(30);
  // Share of one processor that listings of all paths that are not hot may cost whoever answers them: a listing that
  // took t is repeated after (number of paths) x t / max_load at the earliest.
  double max_load = 0.01;
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
  // Whoever was asked will not tell, however often he is asked: no permission, a path that he does not take.
  kRefused,
  // Stopped at the limit: what was sent holds, but there is more.
  kCut,
  // By the worker's own word, or by ours: silence, a broken stream, a bad message.
  kFailed,
};

// What came of a listing.
struct ListingResult {
  ListingEnd end = ListingEnd::kComplete;
  std::string problem;
  // It brought news: the path is hot.
  bool changed = false;
  // Time that it cost whoever answered it.
  Duration took{0};
  // What was found is doubtful: list it again after negative_ttl.
  bool doubtful = false;
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
    // To be listed again when the listing under way has ended.
    bool again = false;
    std::vector<uint64_t> tried;
    // Hot until then.
    SteadyTime hot_until;
    // Since it is no longer hot: the pause before the next listing; zero while it is.
    Duration pause{0};
    Duration took{0};
  };

  // A listing under way.
  struct Order {
    uint64_t request = 0;
    std::string path;
    uint64_t worker = 0;
    // LocalityIndex::BeginListing, and the master's term; set by the caller of Plan.
    uint64_t listing = 0;
    uint64_t term = 0;
    // Kept by the caller: files that are being written.
    uint64_t unfinished = 0;
    // Kept by the caller: files that came, whether some found no room, whether there was news.
    uint64_t files = 0;
    bool full = false;
    bool changed = false;
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
  // Somebody waits for this path now: it is hot. No effect on one that nobody has asked for.
  void Want(std::string_view path, SteadyTime now);
  // Lists all known paths again as soon as may be, also those whose listing is under way: it began too early.
  void HastenAll(SteadyTime now);

  // Gives the paths that are due to `workers`, in turn. Orders are under way from here on; set their `listing` before
  // the first part comes.
  std::vector<Order*> Plan(std::span<const uint64_t> workers, SteadyTime now);
  // The order that a worker's message belongs to; null when it was given up or never given to this worker.
  Order* Expect(uint64_t request, uint64_t worker, SteadyTime now);
  // The listing has ended. Returns the entry, whose state is the new one; null when the path is of no interest any
  // more.
  const Interest* End(uint64_t request, const ListingResult& result, SteadyTime now);
  // A late answer to an order that was given up: the worker may be asked again.
  void EndLate(uint64_t request, uint64_t worker);
  // The worker's stream is gone: its listings go to others.
  void WorkerGone(uint64_t worker, SteadyTime now);
  // Gives up the listings of silent workers. Returns how many.
  size_t GiveUpSilent(SteadyTime now);

  // Takes out the paths whose time is over and returns them with their tags. Their listings under way are given up.
  std::vector<Interest> Expire(SteadyTime now);

  // All paths, in no order.
  std::vector<std::string> Paths() const;
  size_t size() const { return interests_.size(); }
  size_t CountOf(InterestState state) const;
  size_t in_flight() const { return orders_.size(); }

 private:
  void SetDue(Interest* interest, SteadyTime due);
  uint64_t NextWorker(std::span<const uint64_t> workers, const Interest& interest, bool* all_tried);
  void Fail(Interest* interest, uint64_t worker, std::string_view problem, SteadyTime now);
  // When a path that was found is to be listed again.
  SteadyTime NextListing(Interest* interest, SteadyTime now) const;

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
