// The streams to every locus-meta that there is.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "cache_worker/report/addresses.h"
#include "cache_worker/report/news_fan.h"
#include "cache_worker/report/report_client.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

struct ReportsOptions {
  // `seed` is varied for each stream.
  ReportOptions stream;
  // Changes that wait for one stream.
  size_t max_queue = 100'000;
  // How often the targets are looked up. 0: once.
  Duration lookup = Duration(0);
};

// gRPC targets of all locus-metas now, in any order; beyond kMaxReportTargets the first ones by their text count. None
// is an answer; an error leaves things as they are. Called by one thread; may block.
using ReportTargets = std::function<absl::StatusOr<std::vector<std::string>>()>;
using TargetChannel = std::function<std::shared_ptr<grpc::Channel>(const std::string& target)>;

// One ReportClient for each target, for as long as it is among them: three threads each, and one for the lookups.
// Thread-safe.
class Reports {
 public:
  // `news` carries the changes of `sources.blocks`. References must outlive this.
  Reports(ReportsOptions options, ReportTargets targets, TargetChannel channel, ReportSources sources, NewsFan& news,
          const Clock& clock);
  // Stops.
  ~Reports();
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;

  // Once. The first lookup is made at once; one that fails is repeated after `stream.reconnect_max`.
  void Start();
  // Ends all streams. Waits for a lookup in progress. Idempotent.
  void Stop();

  struct Figures {
    // Targets, and those that have the whole snapshot on a stream that lives.
    size_t targets = 0;
    size_t heard = 0;
    // Since the start, those that are targets no more included: streams tried after the first one of a target,
    // snapshots told in full, streams that were ended because too much waited.
    uint64_t reconnects = 0;
    uint64_t resyncs = 0;
    uint64_t overflows = 0;
    uint64_t failed_lookups = 0;
  };
  Figures figures() const;
  // Whether anybody hears this worker.
  bool reporting() const { return figures().heard > 0; }

 private:
  struct Stream {
    std::shared_ptr<ReportQueue> queue;
    std::unique_ptr<ReportClient> client;
  };
  using Streams = std::map<std::string, Stream>;

  void Run();
  // The pause until the next look.
  Duration LookUp();
  void Follow(std::vector<std::string> targets);
  // Opens what is new, and takes out what is not among them; these are sorted.
  Streams Replace(const std::vector<std::string>& targets);
  Stream Open(const std::string& target);
  static void AddTo(Figures& figures, const Stream& stream);
  void Close(Streams streams);

  const ReportsOptions options_;
  const ReportTargets targets_;
  const TargetChannel channel_;
  const ReportSources sources_;
  NewsFan& news_;
  const Clock& clock_;
  std::thread thread_;
  // Of the lookups' thread.
  uint64_t opened_ = 0;
  bool told_ = false;

  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  Streams streams_ GUARDED_BY(mutex_);
  // Of streams that are closed, and of lookups.
  Figures past_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
