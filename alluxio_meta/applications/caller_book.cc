#include "alluxio_meta/applications/caller_book.h"

#include <iterator>

namespace locus::meta {

void CallerBook::Opened(const CallerIdentity& caller, std::string_view address) {
  MutexLock lock(mutex_);
  ++TouchLocked(caller, address).opens;
}

void CallerBook::Listed(const CallerIdentity& caller, std::string_view address, const ListingNote& note) {
  MutexLock lock(mutex_);
  CallerRecord& record = TouchLocked(caller, address);
  ++record.listings;
  record.last_listing = record.last_call;
  // Clients ask for folders and for what is not there all the time: that tells nothing.
  if (note.blocks == 0) return;
  record.blocks = note.blocks;
  record.rewritten = note.rewritten;
  record.without_executor = note.without_executor;
  record.uncached = note.uncached;
  record.executors = note.executors;
}

CallerRecord& CallerBook::TouchLocked(const CallerIdentity& caller, std::string_view address) {
  const SteadyTime now = clock_.Now();
  ForgetLocked(now);
  Callers& callers = CallersLocked(caller.application->key);
  auto place = callers.by_address.find(address);
  if (place == callers.by_address.end()) {
    if (callers.entries.size() >= kCallers) DropOldestLocked(callers);
    callers.entries.emplace_back();
    callers.entries.back().record.address = address;
    place = callers.by_address.emplace(std::string(address), std::prev(callers.entries.end())).first;
    ++total_;
  } else {
    callers.entries.splice(callers.entries.end(), callers.entries, place->second);
  }
  Entry& entry = *place->second;
  entry.heard = now;
  entry.record.last_call = clock_.WallNow();
  entry.record.pod = caller.pod;
  entry.record.recognised = caller.by;
  return entry.record;
}

CallerBook::Callers& CallerBook::CallersLocked(const ApplicationKey& application) {
  const auto [place, fresh] = applications_.try_emplace(application);
  Callers& callers = place->second;
  if (fresh) {
    callers.turn = turns_.insert(turns_.end(), application);
  } else {
    turns_.splice(turns_.end(), turns_, callers.turn);
  }
  return callers;
}

void CallerBook::DropOldestLocked(Callers& callers) {
  callers.by_address.erase(callers.entries.front().record.address);
  callers.entries.pop_front();
  --total_;
}

void CallerBook::ForgetLocked(SteadyTime now) {
  while (!turns_.empty()) {
    const auto application = applications_.find(turns_.front());
    Callers& callers = application->second;
    while (!callers.entries.empty() && (now - callers.entries.front().heard >= kForgotten || total_ >= kTotal)) {
      DropOldestLocked(callers);
    }
    if (!callers.entries.empty()) return;
    turns_.pop_front();
    applications_.erase(application);
  }
}

std::vector<CallerRecord> CallerBook::CallersOf(const ApplicationKey& application) const {
  std::vector<CallerRecord> records;
  const SteadyTime now = clock_.Now();
  MutexLock lock(mutex_);
  const auto callers = applications_.find(application);
  if (callers == applications_.end()) return records;
  for (const auto& [address, entry] : callers->second.by_address) {
    if (now - entry->heard < kForgotten) records.push_back(entry->record);
  }
  return records;
}

}  // namespace locus::meta
