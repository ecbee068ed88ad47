// The loads of all groups: which may begin, which are under way. Pure bookkeeping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "extender/cluster/surroundings.h"

namespace locus::extender {

struct LoadTarget {
  std::string node;
  // host:port of its CacheService.
  std::string address;
  bool operator==(const LoadTarget&) const = default;
};

// All that is to be loaded for one group: of each path, each worker its part.
struct LoadJob {
  GroupKey group;
  std::vector<std::string> paths;
  // Each file goes to one of them: the i-th takes those whose position in path order, modulo their number, is i.
  std::vector<LoadTarget> workers;
};

// One call of CacheService.Load.
struct LoadStep {
  GroupKey group;
  LoadTarget worker;
  std::string path;
  // As in LoadRequest.
  uint32_t shards = 0;
  uint32_t shard = 0;
  // Who of the job's workers; of LoadQueue.
  size_t position = 0;
};

// Not thread-safe. Jobs have their turn in the order in which they came; a worker has one step at a time, so that its
// rate is kept, and the paths of a job one after the other.
class LoadQueue {
 public:
  LoadQueue(size_t max_running, size_t max_jobs) : max_running_(max_running), max_jobs_(max_jobs) {}

  // False: as many jobs as may be are there already, or it is empty, or one of its group is there.
  bool Add(LoadJob job);
  // Takes the next step that may begin now. Empty: none; something may when another one has ended.
  std::optional<LoadStep> Next();
  // A step of Next is over. `failed`: its worker gets nothing more of this job. True for a job's first failure.
  bool Ended(const LoadStep& step, bool failed);
  // Nothing more of the group begins.
  void Cancel(const GroupKey& group);
  // False: cancelled.
  bool Wanted(const LoadStep& step) const;

  // Groups with a job that is not cancelled.
  std::vector<GroupKey> Groups() const;
  size_t running() const { return running_; }
  size_t jobs() const { return jobs_.size(); }

 private:
  struct Job {
    LoadJob job;
    // By worker: position of its next path.
    std::vector<size_t> next;
    size_t running = 0;
    bool cancelled = false;
    bool failed = false;
  };

  std::list<Job>::iterator Find(const GroupKey& group);
  std::list<Job>::const_iterator Find(const GroupKey& group) const;
  void DropIfOver(std::list<Job>::iterator job);

  const size_t max_running_;
  const size_t max_jobs_;
  std::list<Job> jobs_;
  size_t running_ = 0;
  // Addresses of workers that load.
  std::set<std::string> busy_;
};

}  // namespace locus::extender
