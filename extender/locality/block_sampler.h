// Keeps block samples of the inputs that pods ask for, in the background.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "extender/locality/sample_source.h"
#include "extender/locality/sample_table.h"

namespace locus::extender {

struct SamplerOptions {
  // Of one sample; 0: none is ever asked for.
  uint32_t max_blocks = 4096;
  // Samples kept.
  size_t max_inputs = 512;
  // ... and their memory: one of the default size takes 110 kB with three copies a block, and 4 MB at most.
  size_t max_bytes = 64 << 20;
};

// Thread-safe. One call at a time, on a thread of its own; Look answers from memory under a mutex that is never held
// during a call.
class BlockSampler {
 public:
  // All must outlive it.
  BlockSampler(SampleSource& source, SamplerOptions options, const Clock& clock, Metrics& metrics);
  // Stops.
  ~BlockSampler();
  BlockSampler(const BlockSampler&) = delete;
  BlockSampler& operator=(const BlockSampler&) = delete;

  // Begins to call, until Stop. Once.
  void Start();
  // Ends the call under way, stops the source and joins. Idempotent.
  void Stop();

  // A pod asks for these inputs now. What is known of each, in their order: null when nothing is, or when no block lies
  // on two nodes. What is missing is asked for in the background.
  std::vector<std::shared_ptr<const BlockSample>> Look(
      const std::vector<std::shared_ptr<const InputPicture>>& pictures);
  // Brings the figures up to date; for Metrics::OnRender.
  void UpdateGauges();

 private:
  void Run();
  void Report(const std::string& input, const absl::Status& status, Duration took) const;

  SampleSource& source_;
  const SamplerOptions options_;
  const Clock& clock_;
  Metrics& metrics_;
  const Histogram fetch_seconds_;
  const Counter evicted_;
  const Gauge kept_;
  const Gauge bytes_;
  const Gauge waiting_;

  Mutex mutex_;
  CondVar changed_;
  SampleTable table_ GUARDED_BY(mutex_);
  uint64_t evicted_told_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace locus::extender
