#include "alluxio_meta/front/forwarded_call.h"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace locus::meta {
namespace {

// Between two neighbours on the way of a call, not between its ends: each connection has its own
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). A status' details travel in the status itself.
constexpr std::array<std::string_view, 10> kOfOneConnection = {
    "content-type",         "te",          "user-agent",   "grpc-timeout", "grpc-encoding",
    "grpc-accept-encoding", "grpc-status", "grpc-message", "host",         "grpc-status-details-bin"};

bool PassesOn(std::string_view key) {
  if (key.empty() || key.front() == ':') return false;
  for (const std::string_view own : kOfOneConnection) {
    if (key == own) return false;
  }
  return true;
}

template <typename Metadata, typename Add>
void PassOn(const Metadata& metadata, const Add& add) {
  for (const auto& [key, value] : metadata) {
    if (PassesOn({key.data(), key.size()}))
      add(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
}

// After which the master may not be the leader any more: a standby serves fewer methods, and of a half-open connection
// nothing else is heard.
bool IsDoubtful(const grpc::Status& status) {
  return status.error_code() == grpc::UNAVAILABLE || status.error_code() == grpc::UNIMPLEMENTED ||
         status.error_code() == grpc::DEADLINE_EXCEEDED;
}

}  // namespace

ForwardedCall::ForwardedCall(Forwarder& forwarder, IncomingCall call, grpc::GenericCallbackServerContext* context,
                             std::shared_ptr<const Upstream> upstream, std::unique_ptr<MessageFilter> filter)
    : stay_(forwarder, this),
      forwarder_(forwarder),
      incoming_(std::move(call)),
      down_context_(context),
      upstream_(std::move(upstream)),
      filter_(std::move(filter)),
      begun_(forwarder.clock_.Now()),
      down_(*this),
      up_(*this) {}

void ForwardedCall::PrepareContext() {
  PassOn(down_context_->client_metadata(),
         [this](const std::string& key, const std::string& value) { up_context_.AddMetadata(key, value); });
  const auto deadline = down_context_->deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) up_context_.set_deadline(deadline);
}

grpc::ServerGenericBidiReactor* ForwardedCall::Start() {
  PrepareContext();
  down_self_ = shared_from_this();
  up_self_ = down_self_;
  upstream_->stub.PrepareBidiStreamingCall(&up_context_, incoming_.method, grpc::StubOptions(), &up_);
  up_.AddHold();
  up_.StartRead(&response_);
  up_.StartCall();
  down_.StartRead(&request_);
  return &down_;
}

void ForwardedCall::Lose() {
  lost_ = true;
  up_context_.TryCancel();
}

bool ForwardedCall::HoldUp() {
  MutexLock lock(mutex_);
  if (up_open_) up_.AddHold();
  return up_open_;
}

void ForwardedCall::RequestRead(bool ok) {
  if (ok) {
    if (filter_ != nullptr) filter_->Request(&request_);
    asked_ += request_.Length();
  }
  if (!HoldUp()) return;
  // Not OK: the caller has no more to say, or is gone, which OnCancel tells.
  if (ok) {
    up_.StartWrite(&request_);
  } else {
    up_.StartWritesDone();
  }
  up_.RemoveHold();
}

void ForwardedCall::RequestWritten(bool ok) {
  // Not OK: the master has ended the call, which the reader of its responses sees.
  if (ok) down_.StartRead(&request_);
}

void ForwardedCall::MetadataRead(bool ok) {
  if (ok) {
    PassOn(up_context_.GetServerInitialMetadata(),
           [this](const std::string& key, const std::string& value) { down_context_->AddInitialMetadata(key, value); });
  }
  bool waits = false;
  {
    MutexLock lock(mutex_);
    waits = response_waits_;
  }
  // With a response they go in one write; alone they go at once, as the master sent them.
  if (ok && !waits) down_.StartSendInitialMetadata();
  {
    MutexLock lock(mutex_);
    metadata_passed_ = true;
    waits = response_waits_;
  }
  if (waits) down_.StartWrite(&response_);
}

void ForwardedCall::ResponseRead(bool ok) {
  if (!ok) {
    {
      MutexLock lock(mutex_);
      up_open_ = false;
    }
    up_.RemoveHold();
    return;
  }
  if (filter_ != nullptr) filter_->Response(&response_);
  answered_ += response_.Length();
  {
    MutexLock lock(mutex_);
    response_waits_ = !metadata_passed_;
    if (response_waits_) return;
  }
  down_.StartWrite(&response_);
}

void ForwardedCall::ResponseWritten(bool ok) {
  // The caller is gone: the read that follows fails.
  if (!ok) up_context_.TryCancel();
  up_.StartRead(&response_);
}

void ForwardedCall::UpDone(const grpc::Status& status) {
  const std::shared_ptr<ForwardedCall> self = std::move(up_self_);
  PassOn(up_context_.GetServerTrailingMetadata(),
         [this](const std::string& key, const std::string& value) { down_context_->AddTrailingMetadata(key, value); });
  end_ = status;
  if (lost_ && !status.ok()) {
    end_ = {grpc::UNAVAILABLE, "the Alluxio master " + upstream_->master + " does not lead any more: ask again"};
  } else if (IsDoubtful(status)) {
    forwarder_.upstreams_.Doubt(upstream_);
  }
  if (filter_ != nullptr) filter_->Done(end_);
  down_.Finish(end_);
}

void ForwardedCall::DownDone() {
  const std::shared_ptr<ForwardedCall> self = std::move(down_self_);
  forwarder_.listener_.OnEnd(incoming_, end_, forwarder_.clock_.Now() - begun_, asked_, answered_);
}

}  // namespace locus::meta
