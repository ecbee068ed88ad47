#include "extender/locality/watched_locality.h"

#include <algorithm>
#include <utility>

#include "common/backoff.h"
#include "common/log.h"
#include "extender/locality/wire.h"

namespace locus::extender {
namespace {

// First pause after a broken stream: a restarted locus-meta is back within a second.
constexpr Duration kReconnectInitial = std::chrono::milliseconds(50);
// How often the writer looks for inputs past their time and for a silent stream.
constexpr Duration kTick = std::chrono::milliseconds(250);
// A request stays far below the server's message bound (16 MiB) also when 10,000 long inputs are added again.
constexpr size_t kInputsPerRequest = 1000;
constexpr size_t kBytesPerRequest = 1 << 20;
// locus-meta beats each second: a stream that is silent for longer than this, and than max_age, is opened anew.
constexpr Duration kSilenceMin = std::chrono::seconds(3);

std::shared_ptr<const InputPicture> WithoutAnswer(const std::string& input, bool followed) {
  auto picture = std::make_shared<InputPicture>();
  picture->input = input;
  picture->state = followed ? InputState::kPending : InputState::kOverLimit;
  if (!followed) picture->problem = "too many inputs are followed already (metadata.max_inputs)";
  return picture;
}

}  // namespace

WatchedLocality::WatchedLocality(std::shared_ptr<grpc::Channel> channel, WatchOptions options, const Clock& clock,
                                 Metrics& metrics, BlockSampler* samples)
    : stub_(v1::LocalityService::NewStub(channel)),
      options_(options),
      clock_(clock),
      samples_(samples),
      streams_broken_(metrics.GetCounter("locus_extender_watch_streams_broken_total",
                                         "Streams to locus-meta that could not be opened or ended.")),
      messages_(metrics.GetCounter("locus_extender_watch_messages_total", "Messages heard from locus-meta.")),
      inputs_refused_(metrics.GetCounter("locus_extender_inputs_refused_total",
                                         "Questions about an input beyond metadata.max_inputs.")),
      connected_gauge_(metrics.GetGauge("locus_extender_watch_connected", "1 while a stream to locus-meta is open.")),
      followed_gauge_(metrics.GetGauge("locus_extender_inputs_followed", "Inputs on the stream to locus-meta.")),
      age_gauge_(metrics.GetGauge("locus_extender_metadata_age_seconds",
                                  "Time since locus-meta was last heard; -1 before the first message.")),
      table_(options.limits),
      loads_(std::make_shared<NodeLoads>()) {}

WatchedLocality::~WatchedLocality() { Stop(); }

void WatchedLocality::Start() {
  thread_ = std::thread([this] { Run(); });
}

void WatchedLocality::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
    changed_.NotifyAll();
    answered_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

LocalityAnswer WatchedLocality::Look(const std::vector<std::string>& inputs, Duration budget) {
  LocalityAnswer answer = LookAtPictures(inputs, budget);
  if (samples_ != nullptr) {
    answer.samples = samples_->Look(answer.inputs);
  } else {
    answer.samples.resize(answer.inputs.size());
  }
  return answer;
}

LocalityAnswer WatchedLocality::LookAtPictures(const std::vector<std::string>& inputs, Duration budget) {
  MutexLock lock(mutex_);
  SteadyTime now = clock_.Now();
  std::vector<bool> followed;
  followed.reserve(inputs.size());
  SteadyTime until = now;
  bool added = false;
  for (const std::string& input : inputs) {
    const InterestTable::Asked asked = table_.Ask(input, now);
    followed.push_back(asked != InterestTable::Asked::kFull);
    if (asked == InterestTable::Asked::kFull) inputs_refused_.Increment();
    added = added || asked == InterestTable::Asked::kAdded;
    if (const auto wait = table_.WaitUntil(input, now, budget)) until = std::max(until, *wait);
  }
  if (added) changed_.NotifyAll();
  if (budget > Duration::zero() && until > now && !Answered(inputs, followed, now)) {
    answered_.WaitFor(mutex_, std::min(until - now, budget), [this, &inputs, &followed]() REQUIRES(mutex_) {
      return stopping_ || !news_.connected || Answered(inputs, followed, clock_.Now());
    });
    now = clock_.Now();
  }
  LocalityAnswer answer;
  answer.news = NewsLocked();
  answer.loads = loads_;
  answer.inputs.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    auto picture = table_.Find(inputs[i], now);
    answer.inputs.push_back(picture != nullptr ? std::move(picture) : WithoutAnswer(inputs[i], followed[i]));
  }
  return answer;
}

LocalityNews WatchedLocality::News() const {
  MutexLock lock(mutex_);
  return NewsLocked();
}

FollowedInputs WatchedLocality::Followed() const {
  MutexLock lock(mutex_);
  return {table_.size(), table_.Pictures(clock_.Now()), loads_};
}

LocalityNews WatchedLocality::NewsLocked() const {
  LocalityNews news = news_;
  if (news.heard) news.age = clock_.Now() - last_heard_;
  return news;
}

bool WatchedLocality::Answered(const std::vector<std::string>& inputs, const std::vector<bool>& followed,
                               SteadyTime now) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (followed[i] && table_.Find(inputs[i], now) == nullptr) return false;
  }
  return true;
}

void WatchedLocality::UpdateGauges() const {
  MutexLock lock(mutex_);
  const LocalityNews news = NewsLocked();
  connected_gauge_.Set(news.connected ? 1 : 0);
  followed_gauge_.Set(static_cast<double>(table_.size()));
  age_gauge_.Set(news.heard ? ToSeconds(news.age) : -1);
}

void WatchedLocality::Run() {
  Backoff backoff(kReconnectInitial, options_.reconnect_max, options_.seed);
  for (;;) {
    if (RunStream()) backoff.Reset();
    MutexLock lock(mutex_);
    const auto stopping = [this]() REQUIRES(mutex_) { return stopping_; };
    if (changed_.WaitFor(mutex_, backoff.Next(), stopping)) return;
  }
}

bool WatchedLocality::RunStream() {
  grpc::ClientContext context;
  // A call that waits drives the connection attempts. Without one nobody looks at them but gRPC every five seconds,
  // just when they run out: a locus-meta that comes back would not be found.
  context.set_wait_for_ready(true);
  {
    MutexLock lock(mutex_);
    if (stopping_) return false;
    context_ = &context;
    opened_ = clock_.Now();
    stream_over_ = false;
    table_.BeginStream(last_heard_);
  }
  const auto stream = stub_->WatchLocality(&context);
  std::thread writer([this, &stream] { Write(*stream); });
  v1::WatchLocalityResponse response;
  bool heard = false;
  while (stream->Read(&response)) {
    Apply(response);
    heard = true;
  }
  bool stopping = false;
  bool was_connected = false;
  {
    MutexLock lock(mutex_);
    was_connected = std::exchange(news_.connected, false);
    stream_over_ = true;
    table_.EndStream();
    stopping = stopping_;
    changed_.NotifyAll();
    answered_.NotifyAll();
  }
  // A write may be stuck behind the peer's flow control.
  context.TryCancel();
  writer.join();
  const grpc::Status status = stream->Finish();
  {
    MutexLock lock(mutex_);
    context_ = nullptr;
  }
  if (stopping) return heard;
  streams_broken_.Increment();
  if (was_connected) {
    LogWarning("the stream to locus-meta ended",
               {{"code", static_cast<int>(status.error_code())}, {"text", status.error_message()}});
  } else {
    LogDebug("cannot reach locus-meta",
             {{"code", static_cast<int>(status.error_code())}, {"text", status.error_message()}});
  }
  return heard;
}

void WatchedLocality::Write(Stream& stream) {
  v1::WatchLocalityRequest request;
  // The first message goes out even when it is empty: it opens the call on the server's side, and that it got through
  // shows that somebody is there.
  bool first = true;
  while (NextRequest(/*idle_wait=*/!first, &request)) {
    const bool empty = request.add_size() == 0 && request.remove_size() == 0 && request.wanted_size() == 0;
    if (!first && empty) continue;
    if (!stream.Write(request)) return;
    if (!std::exchange(first, false)) continue;
    MutexLock lock(mutex_);
    // It may have waited for locus-meta: silence counts from here.
    opened_ = clock_.Now();
    if (!stream_over_) news_.connected = true;
    LogInfo("connected to locus-meta", {{"inputs", table_.size()}});
  }
}

bool WatchedLocality::NextRequest(bool idle_wait, v1::WatchLocalityRequest* request) {
  request->Clear();
  MutexLock lock(mutex_);
  const auto due = [this]() REQUIRES(mutex_) { return stopping_ || stream_over_ || table_.HasChanges(); };
  if (idle_wait) changed_.WaitFor(mutex_, kTick, due);
  if (stopping_ || stream_over_) return false;
  table_.Expire(clock_.Now());
  CancelWhenSilent();
  InterestTable::Changes changes = table_.TakeChanges(kInputsPerRequest, kBytesPerRequest);
  for (std::string& input : changes.add) request->add_add(std::move(input));
  for (std::string& input : changes.remove) request->add_remove(std::move(input));
  for (std::string& input : changes.wanted) request->add_wanted(std::move(input));
  return true;
}

void WatchedLocality::CancelWhenSilent() {
  const SteadyTime since = news_.heard ? std::max(last_heard_, opened_) : opened_;
  if (clock_.Now() - since > std::max(kSilenceMin, options_.limits.max_age)) context_->TryCancel();
}

void WatchedLocality::Apply(const v1::WatchLocalityResponse& response) {
  std::vector<std::shared_ptr<const InputPicture>> pictures;
  pictures.reserve(static_cast<size_t>(response.inputs_size()));
  for (const v1::InputLocality& input : response.inputs()) pictures.push_back(FromWire(input));
  std::shared_ptr<const NodeLoads> loads = response.has_workers() ? FromWire(response.workers()) : nullptr;
  messages_.Increment();
  MutexLock lock(mutex_);
  const SteadyTime now = clock_.Now();
  last_heard_ = now;
  news_.heard = true;
  news_.source_age = std::chrono::milliseconds(
      std::min<uint64_t>(response.freshness().age_ms(), std::chrono::milliseconds(std::chrono::hours(24)).count()));
  news_.stale = response.freshness().stale();
  news_.run = response.freshness().run();
  news_.epoch = response.freshness().epoch();
  if (loads != nullptr) loads_ = std::move(loads);
  for (auto& picture : pictures) table_.Apply(std::move(picture), now);
  if (!pictures.empty()) answered_.NotifyAll();
}

}  // namespace locus::extender
