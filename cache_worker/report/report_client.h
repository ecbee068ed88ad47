// Keeps a Report stream to locus-meta: who we are, what we hold, how busy we are.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "cache_worker/load/load_average.h"
#include "cache_worker/report/client_bytes.h"
#include "cache_worker/report/messages.h"
#include "cache_worker/report/report_queue.h"
#include "cache_worker/report/sources.h"
#include "common/backoff.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "proto/locus/v1/report.grpc.pb.h"

namespace locus::worker {

struct ReportOptions {
  v1::HolderAddress address;
  // Kubernetes node; may be empty.
  std::string node;
  std::string version;
  // Whose blocks the source holds.
  v1::Hello::Blocks blocks = v1::Hello::STORE;
  Duration reconnect_max = std::chrono::seconds(2);
  // A server that accepts the stream and then says nothing is left after this time.
  Duration welcome_timeout = std::chrono::seconds(5);
  // For the jitter of the pauses between attempts.
  uint64_t seed = 0;
};

// A channel for each attempt: a new one dials at once, where an old one would first wait out its own pause.
using ChannelFactory = std::function<std::shared_ptr<grpc::Channel>()>;
using LoadSource = std::function<std::optional<LoadTerms>()>;
// Whether readers reach the blocks; absent: not known.
using ServingSource = std::function<std::optional<bool>()>;

// What the stream tells of. References and pointers must outlive the client.
struct ReportSources {
  BlockSource& blocks;
  // Null: questions are answered with a refusal.
  Listings* listings = nullptr;
  LoadSource load;
  // Empty: beats do not tell.
  ServingSource serving = {};
  // Empty: not told.
  TrafficSource traffic = {};
};

// Thread-safe. Three threads: one keeps the connection, one writes, one reads.
// A stream whose queue overflows is left, and the next one begins with a new snapshot.
class ReportClient {
 public:
  // `queue` gets the changes of `sources.blocks`, and has no other client. `clock` must outlive the client.
  ReportClient(ReportOptions options, ChannelFactory channels, ReportSources sources,
               std::shared_ptr<ReportQueue> queue, const Clock& clock);
  // Stops.
  ~ReportClient();
  ReportClient(const ReportClient&) = delete;
  ReportClient& operator=(const ReportClient&) = delete;

  void Start();
  // Prompt, also in the middle of a call. Idempotent.
  void Stop();

  // Whether locus-meta has this worker's whole snapshot on a stream that lives.
  bool reporting() const { return reporting_; }
  // Streams tried after the first one.
  uint64_t reconnects() const { return reconnects_; }
  // Snapshots told in full.
  uint64_t resyncs() const { return resyncs_; }

 private:
  using Stream = grpc::ClientReaderWriter<v1::ReportRequest, v1::ReportResponse>;
  struct Session;

  void Run();
  grpc::Status RunSession(bool* welcomed);
  void ReadLoop(Session& session);
  void Answer(const Session& session, const v1::ListFiles& wanted);
  void WriteLoop(Session& session);
  bool WriteSnapshot(Session& session);
  bool WriteEvents(Session& session, const std::vector<BlockEvent>& events);
  bool WriteBeatIfDue(Session& session);
  bool WriteTraffic(Session& session);
  v1::ReportRequest Hello();

  const ReportOptions options_;
  const ChannelFactory channels_;
  const ReportSources sources_;
  const std::shared_ptr<ReportQueue> queue_;
  const Clock& clock_;
  Backoff backoff_;
  std::thread thread_;
  std::atomic<bool> reporting_{false};
  std::atomic<uint64_t> reconnects_{0};
  std::atomic<uint64_t> resyncs_{0};

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  // Of the session in progress; to cut it off.
  grpc::ClientContext* context_ GUARDED_BY(mutex_) = nullptr;
};

}  // namespace locus::worker
