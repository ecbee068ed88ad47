// One WatchLocality stream.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/catalog/wake.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "proto/locus/v1/locality.grpc.pb.h"

namespace locus::meta {

// Bounds of proto/locus/v1/locality.proto.
inline constexpr size_t kMaxWatchedInputs = 10'000;
inline constexpr Duration kMergeChanges = std::chrono::milliseconds(100);
inline constexpr Duration kBeatInterval = std::chrono::seconds(1);
// Pictures and their holders in one message: about 1 MiB, where clients take 4 MiB by default.
inline constexpr size_t kMaxRowsOfMessage = 10'000;

// Lives on the handler's thread, which writes; a second thread reads. Everything must outlive Run.
class WatchStream {
 public:
  using Stream = grpc::ServerReaderWriter<v1::WatchLocalityResponse, v1::WatchLocalityRequest>;
  WatchStream(Catalog& catalog, const Clock& clock, grpc::ServerContext& context, Stream& stream);
  ~WatchStream();

  // Until the client closes or asks for too much, or the call is cancelled.
  absl::Status Run();

 private:
  void ReadAll();
  absl::Status Take(const v1::WatchLocalityRequest& request) EXCLUDES(mutex_);
  void Add(const std::string& input) REQUIRES(mutex_);
  void Remove(const std::string& input) REQUIRES(mutex_);
  // Writes what is new, or a beat when it is time. False when the stream is broken.
  bool WriteNews(bool* again, bool* soon);
  bool FillWorkers(v1::WatchLocalityResponse* response);

  Catalog& catalog_;
  const Clock& clock_;
  grpc::ServerContext& context_;
  Stream& stream_;
  Wake wake_;
  std::atomic<bool> reader_done_{false};
  Mutex mutex_;
  std::map<std::string, Followed> followed_ GUARDED_BY(mutex_);
  absl::Status problem_ GUARDED_BY(mutex_);
  // Of the handler's thread.
  SteadyTime last_write_;
  SteadyTime last_load_;
  std::pair<uint64_t, uint64_t> sent_workers_{0, 0};
};

}  // namespace locus::meta
