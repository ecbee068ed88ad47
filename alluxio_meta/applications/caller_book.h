// What the front did for each caller, for people.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "alluxio_meta/applications/application.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// See FrontCaller in proto/locus/v1/application.proto.
struct CallerRecord {
  std::string address;
  std::string pod;
  Recognised recognised = Recognised::kPodAddress;
  uint64_t listings = 0;
  uint64_t opens = 0;
  // Of the last listing that had blocks.
  uint64_t blocks = 0;
  uint64_t rewritten = 0;
  uint64_t without_executor = 0;
  uint64_t uncached = 0;
  uint32_t executors = 0;
  // Absent (the epoch) when there was none.
  WallTime last_listing;
  WallTime last_call;
};

// What one listing met.
struct ListingNote {
  uint64_t blocks = 0;
  uint64_t rewritten = 0;
  uint64_t without_executor = 0;
  uint64_t uncached = 0;
  uint32_t executors = 0;
};

// Thread-safe. Of an application at most kCallers are kept, of all together kTotal: those that called last. Who has not
// called for kForgotten is forgotten.
class CallerBook {
 public:
  static constexpr size_t kCallers = 1'000;
  static constexpr size_t kTotal = 100'000;
  static constexpr Duration kForgotten = std::chrono::hours(1);

  // `clock` must outlive it.
  explicit CallerBook(const Clock& clock) : clock_(clock) {}

  void Opened(const CallerIdentity& caller, std::string_view address);
  void Listed(const CallerIdentity& caller, std::string_view address, const ListingNote& note);

  // By address.
  std::vector<CallerRecord> CallersOf(const ApplicationKey& application) const;

 private:
  struct Entry {
    CallerRecord record;
    SteadyTime heard;
  };
  using Entries = std::list<Entry>;
  struct Callers {
    // Who called longest ago first.
    Entries entries;
    std::map<std::string, Entries::iterator, std::less<>> by_address;
    std::list<ApplicationKey>::iterator turn;
  };

  CallerRecord& TouchLocked(const CallerIdentity& caller, std::string_view address) REQUIRES(mutex_);
  // That application goes to the end of turns_.
  Callers& CallersLocked(const ApplicationKey& application) REQUIRES(mutex_);
  void DropOldestLocked(Callers& callers) REQUIRES(mutex_);
  void ForgetLocked(SteadyTime now) REQUIRES(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<ApplicationKey, Callers> applications_ GUARDED_BY(mutex_);
  // Whose callers called longest ago first.
  std::list<ApplicationKey> turns_ GUARDED_BY(mutex_);
  size_t total_ GUARDED_BY(mutex_) = 0;
};

}  // namespace locus::meta
