// Misbehaviour of single calls of a fake Alluxio master; faults of its connections are FakeMaster's.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "proto/alluxio/file_system_master.pb.h"

namespace locus::fake_alluxio {

// Thread-safe. Methods are named as in the call log; "" means every method but authenticate, which can only fail.
class Faults {
 public:
  static constexpr int kAlways = -1;

  // Answers `status` to `times` calls, after `skip` calls that are served.
  void Fail(const std::string& method, grpc::Status status, int times = kAlways, int skip = 0);
  // The page with this number, from 1 and counted from now, of ListStatusPartial.
  void FailPage(int page, grpc::Status status) { Fail("ListStatusPartial", std::move(status), 1, page - 1); }
  // As masters before 2.9.0.
  void WithoutPartialListing() { Fail("ListStatusPartial", {grpc::StatusCode::UNIMPLEMENTED, "unknown method"}); }
  // Real time, before the call is served. A call that its client gives up does not wait on.
  void Delay(const std::string& method, Duration delay);
  // Never answers, until Clear.
  void Hang(const std::string& method) { Delay(method, std::chrono::hours(24)); }
  // Makes each answer this much larger, by a field that nobody knows.
  void Pad(const std::string& method, size_t bytes);
  // Makes each file's entry larger, in whatever answer; of one path when it is named. So smaller pages are smaller.
  void PadEntries(size_t bytes, const std::string& path = "");
  // Back to good behaviour; ends waits.
  void Clear();

  // What the services ask.
  // Waits where a delay is set, then OK or the status to answer.
  grpc::Status Meet(const std::string& method, grpc::ServerContext& context);
  grpc::Status MeetHandshake();
  void Grow(const std::string& method, google::protobuf::Message& answer) const;
  void GrowEntry(alluxio::grpc::file::FileInfo& entry) const;

 private:
  struct Failure {
    std::string method;
    grpc::Status status;
    int times = kAlways;
    int skip = 0;
  };

  grpc::Status TakeFailure(const std::string& method) REQUIRES(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<Failure> failures_ GUARDED_BY(mutex_);
  std::map<std::string, Duration> delays_ GUARDED_BY(mutex_);
  std::map<std::string, size_t> padding_ GUARDED_BY(mutex_);
  size_t entry_padding_ GUARDED_BY(mutex_) = 0;
  std::string padded_path_ GUARDED_BY(mutex_);
  uint64_t cleared_ GUARDED_BY(mutex_) = 0;
};

}  // namespace locus::fake_alluxio
