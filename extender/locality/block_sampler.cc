#include "extender/locality/block_sampler.h"

#include <optional>
#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus::extender {
namespace {

const std::vector<double> kFetchBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};

constexpr const char* kReasons[] = {"unavailable", "unimplemented", "deadline", "limit", "other"};

Counter Failed(Metrics& metrics, const char* reason) {
  return metrics.GetCounter("locus_extender_samples_failed_total", "Calls for block samples that failed, by reason.",
                            {{"reason", reason}});
}

// One of kReasons: what an operator would do about it differs by these.
const char* ReasonOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable: return "unavailable";
    case absl::StatusCode::kUnimplemented: return "unimplemented";
    case absl::StatusCode::kDeadlineExceeded: return "deadline";
    case absl::StatusCode::kResourceExhausted: return "limit";
    default: return "other";
  }
}

}  // namespace

BlockSampler::BlockSampler(SampleSource& source, SamplerOptions options, const Clock& clock, Metrics& metrics)
    : source_(source),
      options_(options),
      clock_(clock),
      metrics_(metrics),
      fetch_seconds_(metrics.GetHistogram("locus_extender_samples_fetch_seconds",
                                          "Duration of calls for block samples that succeeded.", kFetchBounds)),
      evicted_(metrics.GetCounter("locus_extender_samples_evicted_total",
                                  "Block samples that had to make room for those of other inputs.")),
      kept_(metrics.GetGauge("locus_extender_samples_inputs", "Inputs whose block sample is kept or asked for.")),
      bytes_(metrics.GetGauge("locus_extender_samples_bytes", "Memory that block samples take.")),
      waiting_(metrics.GetGauge("locus_extender_samples_waiting", "Inputs in line for a block sample.")),
      table_(options.max_inputs, options.max_bytes) {
  // From the start on: a series that comes with its first failure has no rate of it.
  for (const char* reason : kReasons) Failed(metrics, reason);
}

BlockSampler::~BlockSampler() { Stop(); }

void BlockSampler::Start() {
  if (options_.max_blocks > 0) thread_ = std::thread([this] { Run(); });
}

void BlockSampler::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  source_.Stop();
  if (thread_.joinable()) thread_.join();
}

std::vector<std::shared_ptr<const BlockSample>> BlockSampler::Look(
    const std::vector<std::shared_ptr<const InputPicture>>& pictures) {
  std::vector<std::shared_ptr<const BlockSample>> samples(pictures.size());
  if (options_.max_blocks == 0) return samples;
  MutexLock lock(mutex_);
  const SteadyTime now = clock_.Now();
  for (size_t i = 0; i < pictures.size(); ++i) samples[i] = table_.Ask(pictures[i], now);
  if (table_.HasNext()) changed_.NotifyAll();
  return samples;
}

void BlockSampler::UpdateGauges() {
  MutexLock lock(mutex_);
  kept_.Set(static_cast<double>(table_.size()));
  bytes_.Set(static_cast<double>(table_.bytes()));
  waiting_.Set(static_cast<double>(table_.waiting()));
  evicted_.Increment(static_cast<double>(table_.evicted() - evicted_told_));
  evicted_told_ = table_.evicted();
}

void BlockSampler::Run() {
  for (;;) {
    std::optional<std::string> input;
    {
      MutexLock lock(mutex_);
      changed_.Wait(mutex_, [this]() REQUIRES(mutex_) { return stopping_ || table_.HasNext(); });
      if (stopping_) return;
      input = table_.Next(clock_.Now());
    }
    if (!input.has_value()) continue;
    const SteadyTime start = clock_.Now();
    absl::StatusOr<BlockSample> sample = source_.Sample(*input, options_.max_blocks);
    const SteadyTime end = clock_.Now();
    MutexLock lock(mutex_);
    if (stopping_) return;
    Report(*input, sample.status(), end - start);
    table_.Done(*input, std::move(sample), end);
  }
}

void BlockSampler::Report(const std::string& input, const absl::Status& status, Duration took) const {
  if (status.ok()) return fetch_seconds_.Observe(ToSeconds(took));
  Failed(metrics_, ReasonOf(status)).Increment();
  if (status.code() == absl::StatusCode::kUnimplemented) {
    LogWarning("locus-meta is too old to tell how copies overlap: bring it to the extender's version",
               {{"text", MessageOf(status)}});
  } else {
    LogDebug("no block sample", {{"input", input}, {"text", MessageOf(status)}});
  }
}

}  // namespace locus::extender
