#include "extender/warm_up/load_queue.h"

#include <algorithm>
#include <utility>

namespace locus::extender {

bool LoadQueue::Add(LoadJob job) {
  if (jobs_.size() >= max_jobs_ || job.paths.empty() || job.workers.empty()) return false;
  if (Find(job.group) != jobs_.end()) return false;
  Job added;
  added.next.resize(job.workers.size());
  added.job = std::move(job);
  jobs_.push_back(std::move(added));
  return true;
}

std::optional<LoadStep> LoadQueue::Next() {
  if (running_ >= max_running_) return std::nullopt;
  for (Job& job : jobs_) {
    if (job.cancelled) continue;
    const std::vector<LoadTarget>& workers = job.job.workers;
    for (size_t i = 0; i < workers.size(); ++i) {
      if (job.next[i] >= job.job.paths.size() || busy_.contains(workers[i].address)) continue;
      LoadStep step{job.job.group, workers[i], job.job.paths[job.next[i]++], 0, 0, i};
      if (workers.size() > 1) {
        step.shards = static_cast<uint32_t>(workers.size());
        step.shard = static_cast<uint32_t>(i);
      }
      busy_.insert(step.worker.address);
      ++job.running;
      ++running_;
      return step;
    }
  }
  return std::nullopt;
}

bool LoadQueue::Ended(const LoadStep& step, bool failed) {
  busy_.erase(step.worker.address);
  --running_;
  const auto job = Find(step.group);
  --job->running;
  if (failed) job->next[step.position] = job->job.paths.size();
  const bool first = failed && !job->failed;
  job->failed = job->failed || failed;
  DropIfOver(job);
  return first;
}

void LoadQueue::Cancel(const GroupKey& group) {
  const auto job = Find(group);
  if (job == jobs_.end()) return;
  job->cancelled = true;
  DropIfOver(job);
}

bool LoadQueue::Wanted(const LoadStep& step) const {
  const auto job = Find(step.group);
  return job != jobs_.end() && !job->cancelled;
}

std::vector<GroupKey> LoadQueue::Groups() const {
  std::vector<GroupKey> groups;
  for (const Job& job : jobs_) {
    if (!job.cancelled) groups.push_back(job.job.group);
  }
  return groups;
}

std::list<LoadQueue::Job>::iterator LoadQueue::Find(const GroupKey& group) {
  return std::find_if(jobs_.begin(), jobs_.end(), [&group](const Job& job) { return job.job.group == group; });
}

std::list<LoadQueue::Job>::const_iterator LoadQueue::Find(const GroupKey& group) const {
  return std::find_if(jobs_.begin(), jobs_.end(), [&group](const Job& job) { return job.job.group == group; });
}

void LoadQueue::DropIfOver(std::list<Job>::iterator job) {
  const bool begun =
      std::all_of(job->next.begin(), job->next.end(), [&job](size_t next) { return next >= job->job.paths.size(); });
  if (job->running == 0 && (job->cancelled || begun)) jobs_.erase(job);
}

}  // namespace locus::extender
