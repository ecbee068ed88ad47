#include "extender/http/warned_inputs.h"

#include <iterator>

namespace locus::extender {
namespace {

// A full table is searched for old entries at most this often.
constexpr Duration kCleanInterval = std::chrono::seconds(10);

}  // namespace

bool WarnedInputs::ShouldWarn(const std::string& input, SteadyTime now) {
  MutexLock lock(mutex_);
  if (const auto found = warned_.find(input); found != warned_.end()) {
    if (now - found->second < kInterval) return false;
    found->second = now;
    return true;
  }
  if (warned_.size() >= kMaxInputs) {
    if (now - cleaned_ < kCleanInterval) return false;
    cleaned_ = now;
    for (auto entry = warned_.begin(); entry != warned_.end();) {
      entry = now - entry->second >= kInterval ? warned_.erase(entry) : std::next(entry);
    }
    if (warned_.size() >= kMaxInputs) return false;
  }
  warned_.emplace(input, now);
  return true;
}

}  // namespace locus::extender
