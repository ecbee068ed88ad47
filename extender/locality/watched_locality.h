// LocalityView over one WatchLocality stream that is kept open in the background.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "extender/locality/block_sampler.h"
#include "extender/locality/interest_table.h"
#include "extender/locality/locality_view.h"
#include "proto/locus/v1/locality.grpc.pb.h"

namespace locus::extender {

struct WatchOptions {
  InterestLimits limits;
  // Longest pause between two attempts to open the stream.
  Duration reconnect_max = std::chrono::seconds(2);
  // Of the jitter.
  uint64_t seed = 0;
};

// Thread-safe. Look and News answer from memory under one mutex that is never held during I/O.
class WatchedLocality final : public LocalityView {
 public:
  // `clock`, `metrics` and `samples` must outlive it. Ages follow `clock`; pauses and budgets pass in real time.
  // `samples`: null when nobody needs to know how copies overlap; all samples of an answer are null then.
  WatchedLocality(std::shared_ptr<grpc::Channel> channel, WatchOptions options, const Clock& clock, Metrics& metrics,
                  BlockSampler* samples = nullptr);
  // Stops.
  ~WatchedLocality() override;
  WatchedLocality(const WatchedLocality&) = delete;
  WatchedLocality& operator=(const WatchedLocality&) = delete;

  // Opens the stream, and again whenever it breaks, until Stop. Once.
  void Start();
  // Ends the stream at once and joins. Idempotent.
  void Stop();

  LocalityAnswer Look(const std::vector<std::string>& inputs, Duration budget) override;
  LocalityNews News() const override;
  FollowedInputs Followed() const override;
  // Brings the gauges up to date; for Metrics::OnRender.
  void UpdateGauges() const;

 private:
  using Stream = grpc::ClientReaderWriter<v1::WatchLocalityRequest, v1::WatchLocalityResponse>;

  // All of an answer but the samples.
  LocalityAnswer LookAtPictures(const std::vector<std::string>& inputs, Duration budget) EXCLUDES(mutex_);
  void Run();
  // From opening to the end of one stream. True when it brought any news.
  bool RunStream();
  // Tells the stream what to follow, until `stream_over_`.
  void Write(Stream& stream);
  // The next message to write; false when the stream is over. Waits at most one tick when `idle_wait`.
  bool NextRequest(bool idle_wait, v1::WatchLocalityRequest* request);
  void CancelWhenSilent() REQUIRES(mutex_);
  void Apply(const v1::WatchLocalityResponse& response);
  bool Answered(const std::vector<std::string>& inputs, const std::vector<bool>& followed, SteadyTime now) const
      REQUIRES(mutex_);
  LocalityNews NewsLocked() const REQUIRES(mutex_);

  const std::unique_ptr<v1::LocalityService::Stub> stub_;
  const WatchOptions options_;
  const Clock& clock_;
  BlockSampler* const samples_;
  const Counter streams_broken_;
  const Counter messages_;
  const Counter inputs_refused_;
  const Gauge connected_gauge_;
  const Gauge followed_gauge_;
  const Gauge age_gauge_;

  mutable Mutex mutex_;
  CondVar changed_;   // something to write, or the stream or everything is over
  CondVar answered_;  // a picture came, or none will
  InterestTable table_ GUARDED_BY(mutex_);
  std::shared_ptr<const NodeLoads> loads_ GUARDED_BY(mutex_);
  LocalityNews news_ GUARDED_BY(mutex_);
  SteadyTime last_heard_ GUARDED_BY(mutex_);
  // Of the open stream; null between streams.
  grpc::ClientContext* context_ GUARDED_BY(mutex_) = nullptr;
  SteadyTime opened_ GUARDED_BY(mutex_);
  bool stream_over_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace locus::extender
