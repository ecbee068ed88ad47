// Which groups were placed of late, and which of them are still to be judged. Pure bookkeeping.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "extender/cluster/surroundings.h"

namespace locus::extender {

// A group as its first member that was placed shows it.
struct PlacedGroup {
  GroupKey key;
  // Texts of that member and of its driver, shared with the cluster's books; null: none.
  std::shared_ptr<const OwnedAnnotations> own;
  std::shared_ptr<const OwnedAnnotations> inherited;
};

// Not thread-safe. Times are handed in and never go back. A group is judged once: when no member has been placed for
// `settle`, or at the latest ten times that after the first one, so that one that always grows has its turn too.
class WarmUpBook {
 public:
  // Between two attempts to judge a group, and from the first to the last one.
  static constexpr Duration kRetry = std::chrono::seconds(1);
  static constexpr Duration kPatience = std::chrono::minutes(1);

  WarmUpBook(Duration settle, size_t max_groups) : settle_(settle), max_groups_(max_groups) {}

  // A member was placed. False: the group is new, and as many as may be are known already.
  bool Placed(const PlacedGroup& group, SteadyTime now);
  // To be judged now, the one that is due for longest first.
  std::vector<PlacedGroup> Due(SteadyTime now) const;
  // It was judged; it stays known until it is forgotten.
  void Close(const GroupKey& key);
  // Nothing could be said of it yet: it is due again later. False: it was tried for long enough, and is closed.
  bool Postpone(const GroupKey& key, SteadyTime now);
  // All its members are gone.
  void Forget(const GroupKey& key);
  // Known groups in turns, `count` at most: to be asked whether they are still there.
  std::vector<GroupKey> Some(size_t count);
  // Whether it was judged; false for one that is not known.
  bool Closed(const GroupKey& key) const;
  size_t size() const { return groups_.size(); }

 private:
  struct Entry {
    PlacedGroup group;
    SteadyTime first;
    // Empty: judged.
    std::optional<SteadyTime> due;
    // Since when it has been tried in vain.
    std::optional<SteadyTime> tried;
  };

  void Schedule(Entry& entry, std::optional<SteadyTime> due);

  const Duration settle_;
  const size_t max_groups_;
  std::map<GroupKey, Entry> groups_;
  std::set<std::pair<SteadyTime, GroupKey>> due_;
  // The one that Some told last.
  GroupKey told_;
};

}  // namespace locus::extender
