#include "tests/support/alluxio/call_log.h"

#include <algorithm>
#include <utility>

namespace locus::fake_alluxio {

bool Call::IsCareful() const {
  if (!reads_namespace) return !check_ufs;
  return load_set && load == alluxio::grpc::file::LOAD_NEVER && sync_interval_ms == -1 && ttl == -1 &&
         ttl_action == alluxio::grpc::file::TTL_FREE;
}

uint64_t CallLog::Begin(Call call) {
  MutexLock lock(mutex_);
  ++counts_[call.method];
  calls_.push_back(std::move(call));
  if (calls_.size() > kKept) {
    calls_.pop_front();
    ++first_;
  }
  return first_ + calls_.size() - 1;
}

void CallLog::End(uint64_t number, int code, int64_t entries) {
  MutexLock lock(mutex_);
  if (number < first_ || number - first_ >= calls_.size()) return;
  Call& call = calls_[number - first_];
  call.code = code;
  call.entries = entries;
}

std::vector<Call> CallLog::All(const std::string& method) const {
  MutexLock lock(mutex_);
  std::vector<Call> out;
  std::copy_if(calls_.begin(), calls_.end(), std::back_inserter(out),
               [&method](const Call& call) { return method.empty() || call.method == method; });
  return out;
}

std::vector<Call> CallLog::Careless() const {
  MutexLock lock(mutex_);
  std::vector<Call> out;
  std::copy_if(calls_.begin(), calls_.end(), std::back_inserter(out),
               [](const Call& call) { return !call.IsCareful(); });
  return out;
}

uint64_t CallLog::Count(const std::string& method) const {
  MutexLock lock(mutex_);
  uint64_t sum = 0;
  for (const auto& [name, count] : counts_) sum += method.empty() || name == method ? count : 0;
  return sum;
}

std::map<std::string, uint64_t> CallLog::Counts() const {
  MutexLock lock(mutex_);
  return counts_;
}

uint64_t CallLog::MostWithin(Duration window) const {
  MutexLock lock(mutex_);
  uint64_t most = 0;
  size_t oldest = 0;
  for (size_t newest = 0; newest < calls_.size(); ++newest) {
    while (calls_[newest].at - calls_[oldest].at >= window) ++oldest;
    most = std::max<uint64_t>(most, newest - oldest + 1);
  }
  return most;
}

void CallLog::Clear() {
  MutexLock lock(mutex_);
  first_ += calls_.size();
  calls_.clear();
  counts_.clear();
}

}  // namespace locus::fake_alluxio
