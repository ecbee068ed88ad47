#include "cache_worker/report/reports.h"

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus::worker {

Reports::Reports(ReportsOptions options, ReportTargets targets, TargetChannel channel, ReportSources sources,
                 NewsFan& news, const Clock& clock)
    : options_(std::move(options)),
      targets_(std::move(targets)),
      channel_(std::move(channel)),
      sources_(std::move(sources)),
      news_(news),
      clock_(clock) {}

Reports::~Reports() { Stop(); }

void Reports::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Reports::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  Streams all;
  {
    MutexLock lock(mutex_);
    all.swap(streams_);
  }
  Close(std::move(all));
}

void Reports::Run() {
  for (;;) {
    const Duration pause = LookUp();
    MutexLock lock(mutex_);
    if (pause == Duration(0)) changed_.Wait(mutex_, [this] { return stopping_; });
    if (changed_.WaitFor(mutex_, pause, [this] { return stopping_; })) return;
  }
}

Duration Reports::LookUp() {
  absl::StatusOr<std::vector<std::string>> targets = targets_();
  if (targets.ok()) {
    told_ = false;
    Follow(std::move(*targets));
    return options_.lookup;
  }
  // An outage is told once, not at each attempt.
  (told_ ? LogDebug : LogWarning)("the addresses of locus-meta cannot be looked up; known ones are kept",
                                  {{"reason", MessageOf(targets.status())}});
  told_ = true;
  MutexLock lock(mutex_);
  ++past_.failed_lookups;
  return options_.stream.reconnect_max;
}

void Reports::Follow(std::vector<std::string> targets) {
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  if (targets.size() > kMaxReportTargets) {
    LogWarning("more addresses of locus-meta than are reported to",
               {{"addresses", targets.size()}, {"reported", kMaxReportTargets}});
    targets.resize(kMaxReportTargets);
  }
  Close(Replace(targets));
}

Reports::Streams Reports::Replace(const std::vector<std::string>& targets) {
  MutexLock lock(mutex_);
  for (const std::string& target : targets) {
    if (streams_.count(target) == 0) streams_.emplace(target, Open(target));
  }
  Streams gone;
  for (auto at = streams_.begin(); at != streams_.end();) {
    const auto next = std::next(at);
    if (!std::binary_search(targets.begin(), targets.end(), at->first)) gone.insert(streams_.extract(at));
    at = next;
  }
  return gone;
}

Reports::Stream Reports::Open(const std::string& target) {
  ReportOptions options = options_.stream;
  options.seed += opened_++;
  Stream stream;
  stream.queue = std::make_shared<ReportQueue>(options_.max_queue);
  stream.client = std::make_unique<ReportClient>(
      std::move(options), [this, target] { return channel_(target); }, sources_, stream.queue, clock_);
  news_.Add(stream.queue);
  stream.client->Start();
  return stream;
}

void Reports::Close(Streams streams) {
  for (auto& [target, stream] : streams) {
    stream.client->Stop();
    news_.Remove(stream.queue);
  }
  MutexLock lock(mutex_);
  for (const auto& [target, stream] : streams) AddTo(past_, stream);
}

void Reports::AddTo(Figures& figures, const Stream& stream) {
  figures.reconnects += stream.client->reconnects();
  figures.resyncs += stream.client->resyncs();
  figures.overflows += stream.queue->overflows();
}

Reports::Figures Reports::figures() const {
  MutexLock lock(mutex_);
  Figures figures = past_;
  figures.targets = streams_.size();
  for (const auto& [target, stream] : streams_) {
    if (stream.client->reporting()) ++figures.heard;
    AddTo(figures, stream);
  }
  return figures;
}

}  // namespace locus::worker
