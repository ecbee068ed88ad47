// What a fake Alluxio master was asked: for tests that count calls and look at their options.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "proto/alluxio/file_system_master.pb.h"

namespace locus::fake_alluxio {

struct Call {
  // "GetStatus"; the wire's spelling, without its service.
  std::string method = {};
  // Of the clock that the master was made with.
  SteadyTime at = {};
  // Empty where the method needs no channel id.
  std::string user = "";
  // gRPC's code, known when the call has ended; -1 before.
  int code = -1;

  // Of calls that read the namespace.
  std::string path = "";
  bool reads_namespace = false;
  alluxio::grpc::file::LoadMetadata load = alluxio::grpc::file::LOAD_NEVER;
  bool load_set = false;
  std::optional<int64_t> sync_interval_ms = std::nullopt;
  std::optional<int64_t> ttl = std::nullopt;
  std::optional<alluxio::grpc::file::TtlAction> ttl_action = std::nullopt;
  bool recursive = false;
  bool no_loaded_check = false;
  bool no_mount_info = false;
  // Of ListStatusPartial.
  std::string start_after = "";
  int batch_size = 0;
  // Entries answered.
  int64_t entries = 0;
  // Of GetMountTable.
  bool check_ufs = false;

  // It says explicitly: load nothing, sync nothing, no ttl (-1 with FREE).
  bool IsCareful() const;
};

// Thread-safe. Keeps the last kKept calls and counts all.
class CallLog {
 public:
  static constexpr size_t kKept = 100'000;

  // Gives the call's number, by which it is ended.
  uint64_t Begin(Call call);
  void End(uint64_t number, int code, int64_t entries);

  // Oldest first. Of one method when it is named.
  std::vector<Call> All(const std::string& method = "") const;
  // Calls that read the namespace without being careful (Call::IsCareful), or that ask the under-stores for their size.
  std::vector<Call> Careless() const;
  uint64_t Count(const std::string& method = "") const;
  std::map<std::string, uint64_t> Counts() const;
  // The most calls within any stretch of time of this length, of the calls that are kept.
  uint64_t MostWithin(Duration window) const;
  // Forgets all.
  void Clear();

 private:
  mutable Mutex mutex_;
  std::deque<Call> calls_ GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> counts_ GUARDED_BY(mutex_);
  // Number of calls_.front().
  uint64_t first_ GUARDED_BY(mutex_) = 0;
};

}  // namespace locus::fake_alluxio
