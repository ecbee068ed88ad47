#include "cache_worker/report/report_client.h"

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(100);
// For a server that names none, and the bounds of what one may name.
constexpr uint32_t kDefaultBeatMs = 1000;
constexpr uint32_t kMaxBeatMs = 60'000;
// Three chances to be heard before the server doubts.
constexpr uint32_t kBeatsInInterval = 3;
// The stream is looked at this often at least, whatever the beats.
constexpr auto kSupervise = std::chrono::milliseconds(200);

}  // namespace

// What the threads of one stream share.
struct ReportClient::Session {
  std::unique_ptr<Stream> stream;
  uint64_t number = 0;
  ChangeEncoder encoder;  // of the writer
  SteadyTime next_beat;   // of the writer
  // Told last; of the writer.
  std::vector<ClientBytes> traffic;
  Mutex mutex;
  CondVar changed;
  // Present once welcomed.
  std::optional<Duration> beat_every GUARDED_BY(mutex);
  bool takes_traffic GUARDED_BY(mutex) = false;
  bool read_ended GUARDED_BY(mutex) = false;
};

ReportClient::ReportClient(ReportOptions options, ChannelFactory channels, ReportSources sources,
                           std::shared_ptr<ReportQueue> queue, const Clock& clock)
    : options_(std::move(options)),
      channels_(std::move(channels)),
      sources_(std::move(sources)),
      queue_(std::move(queue)),
      clock_(clock),
      backoff_(std::min<Duration>(kFirstPause, options_.reconnect_max), options_.reconnect_max, options_.seed) {}

ReportClient::~ReportClient() { Stop(); }

void ReportClient::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ReportClient::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  queue_->End();
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void ReportClient::Run() {
  for (bool first = true;; first = false) {
    if (!first) ++reconnects_;
    bool welcomed = false;
    const grpc::Status status = RunSession(&welcomed);
    reporting_ = false;
    if (welcomed) backoff_.Reset();
    const Duration pause = backoff_.Next();
    MutexLock lock(mutex_);
    if (stopping_) return;
    // An outage is told once, not at each attempt.
    (first || welcomed ? LogWarning : LogDebug)("the report stream ended",
                                                {{"code", static_cast<int>(status.error_code())},
                                                 {"reason", status.error_message()},
                                                 {"retry_ms", ToMillis(pause).count()}});
    if (changed_.WaitFor(mutex_, pause, [this] { return stopping_; })) return;
  }
}

grpc::Status ReportClient::RunSession(bool* welcomed) {
  grpc::ClientContext context;
  Session session;
  {
    MutexLock lock(mutex_);
    if (stopping_) return grpc::Status::CANCELLED;
    context_ = &context;
    session.number = queue_->Begin();
  }
  const auto stub = v1::WorkerService::NewStub(channels_());
  session.stream = stub->Report(&context);
  std::thread reader([&] { ReadLoop(session); });
  std::thread writer([&] { WriteLoop(session); });
  // The writer may be stuck in a write that the server does not take, the reader always waits: only a cancel frees
  // them.
  while (!queue_->WaitOver(kSupervise)) {
  }
  context.TryCancel();
  writer.join();
  reader.join();
  const grpc::Status status = session.stream->Finish();
  MutexLock lock(mutex_);
  context_ = nullptr;
  MutexLock session_lock(session.mutex);
  *welcomed = session.beat_every.has_value();
  return status;
}

void ReportClient::ReadLoop(Session& session) {
  v1::ReportResponse response;
  while (session.stream->Read(&response)) {
    if (response.has_welcome()) {
      const uint32_t wanted = response.welcome().beat_interval_ms();
      const uint32_t ms = wanted == 0 ? kDefaultBeatMs : std::min(wanted, kMaxBeatMs);
      MutexLock lock(session.mutex);
      session.beat_every = std::chrono::milliseconds(std::max(1u, ms / kBeatsInInterval));
      session.takes_traffic = response.welcome().takes_traffic();
      session.changed.NotifyAll();
    } else if (response.has_list_files()) {
      Answer(session, response.list_files());
    }
  }
  queue_->End();
  MutexLock lock(session.mutex);
  session.read_ended = true;
  session.changed.NotifyAll();
}

void ReportClient::Answer(const Session& session, const v1::ListFiles& wanted) {
  if (sources_.listings != nullptr) {
    sources_.listings->Submit(
        {session.number, queue_, wanted.request(), wanted.path(), wanted.limit(), wanted.shallow()});
    return;
  }
  ListingPage refusal;
  refusal.request = wanted.request();
  refusal.done = true;
  refusal.problem = "this worker has no under-store to list: its blocks are an Alluxio worker's";
  queue_->PushRefusal(session.number, std::move(refusal));
}

void ReportClient::WriteLoop(Session& session) {
  const auto serve = [&] {
    if (!session.stream->Write(Hello())) return;
    {
      MutexLock lock(session.mutex);
      session.changed.WaitFor(session.mutex, options_.welcome_timeout,
                              [&] { return session.beat_every.has_value() || session.read_ended; });
      if (!session.beat_every) return;
    }
    session.next_beat = clock_.Now();
    if (!WriteSnapshot(session)) return;
    for (;;) {
      if (!WriteBeatIfDue(session)) return;
      const Duration wait = std::max<Duration>(Duration(0), session.next_beat - clock_.Now());
      ReportQueue::Batch batch = queue_->Take(kMaxChangeEntries, wait);
      if (batch.over || !WriteEvents(session, batch.events)) return;
      for (const ListingPage& page : batch.pages) {
        if (!session.stream->Write(ToWire(page)) || !WriteBeatIfDue(session)) return;
      }
      if (batch.beat) session.next_beat = clock_.Now();
    }
  };
  serve();
  queue_->End();
}

bool ReportClient::WriteSnapshot(Session& session) {
  std::vector<BlockEvent> blocks = sources_.blocks.Snapshot([this] { queue_->Gather(); });
  std::vector<BlockEvent> slice;
  for (size_t i = 0; i < blocks.size(); ++i) {
    slice.push_back(std::move(blocks[i]));
    if (slice.size() < kMaxChangeEntries && i + 1 < blocks.size()) continue;
    if (!WriteEvents(session, slice) || !WriteBeatIfDue(session)) return false;
    slice.clear();
  }
  v1::ReportRequest end;
  end.mutable_snapshot_end();
  if (!session.stream->Write(end)) return false;
  ++resyncs_;
  reporting_ = true;
  LogInfo("told locus-meta what is cached here", {{"blocks", blocks.size()}});
  return true;
}

bool ReportClient::WriteEvents(Session& session, const std::vector<BlockEvent>& events) {
  for (const v1::ReportRequest& message : session.encoder.Encode(events)) {
    if (!session.stream->Write(message)) return false;
  }
  return true;
}

bool ReportClient::WriteBeatIfDue(Session& session) {
  const SteadyTime now = clock_.Now();
  if (now < session.next_beat) return true;
  {
    MutexLock lock(session.mutex);
    session.next_beat = now + *session.beat_every;
  }
  return session.stream->Write(BeatMessage(sources_.load(), sources_.blocks.Usage(),
                                           sources_.serving ? sources_.serving() : std::nullopt, clock_.WallNow())) &&
         WriteTraffic(session);
}

bool ReportClient::WriteTraffic(Session& session) {
  {
    MutexLock lock(session.mutex);
    if (!sources_.traffic || !session.takes_traffic) return true;
  }
  std::vector<ClientBytes> clients = sources_.traffic();
  if (clients == session.traffic) return true;
  session.traffic = std::move(clients);
  return session.stream->Write(ToWire(session.traffic));
}

v1::ReportRequest ReportClient::Hello() {
  v1::ReportRequest request;
  v1::Hello& hello = *request.mutable_hello();
  *hello.mutable_address() = options_.address;
  hello.set_node(options_.node);
  hello.set_version(options_.version);
  hello.set_blocks(options_.blocks);
  for (const TierUse& use : sources_.blocks.Usage()) *hello.add_tiers() = ToWire(use);
  return request;
}

}  // namespace locus::worker
