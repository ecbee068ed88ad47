#include "alluxio_wire/sasl_service.h"

#include <optional>
#include <string_view>
#include <utility>

#include "alluxio_wire/channel_id.h"
#include "alluxio_wire/plain.h"
#include "common/status.h"

namespace locus::alluxio_wire {
namespace {

using ::alluxio::grpc::sasl::SaslMessage;

grpc::Status Unauthenticated(const std::string& text) { return {grpc::UNAUTHENTICATED, text}; }

// Why the message does not stand for a client under SIMPLE; OK when it does.
grpc::Status Judge(const SaslMessage& message) {
  if (CanonicalChannelId(message.client_id()).empty()) return Unauthenticated("the channel id is no UUID");
  if (message.message_type() != SaslMessage::CHALLENGE) return Unauthenticated("the handshake begins with a CHALLENGE");
  if (message.authentication_scheme() == SaslMessage::SCHEME_NOSASL) {
    return Unauthenticated("this server wants alluxio.security.authentication.type=SIMPLE");
  }
  const auto identity = ParsePlainResponse(message.message());
  return identity.ok() ? grpc::Status::OK : Unauthenticated(MessageOf(identity.status()));
}

}  // namespace

// Lives until gRPC is done with it.
class SaslService::Stream final : public grpc::ServerBidiReactor<SaslMessage, SaslMessage> {
 public:
  explicit Stream(SaslService& owner) : owner_(owner) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    // Half-closed, cancelled or disconnected; PLAIN has one round, so a second message is the end of it too.
    if (!ok || !id_.empty()) return End(ok ? Unauthenticated("the handshake is over") : grpc::Status::OK);
    const grpc::Status status = owner_.Announce(request_, this);
    if (!status.ok()) return End(status);
    id_ = CanonicalChannelId(request_.client_id());
    // Field 2 stays unset: a Java client throws where it is there, even empty.
    reply_.set_message_type(SaslMessage::SUCCESS);
    {
      MutexLock lock(mutex_);
      writing_ = true;
    }
    StartWrite(&reply_);
    StartRead(&request_);
  }
  void OnWriteDone(bool) override {
    std::optional<grpc::Status> end;
    {
      MutexLock lock(mutex_);
      writing_ = false;
      end = end_;
    }
    if (end) Finish(*end);
  }
  void OnDone() override { delete this; }

 private:
  // Once. Waits for a message that is on its way.
  void End(const grpc::Status& status) {
    if (!id_.empty()) owner_.Drop(id_, this);
    {
      MutexLock lock(mutex_);
      end_ = status;
      if (writing_) return;
    }
    Finish(status);
  }

  SaslService& owner_;
  // Of the reader.
  SaslMessage request_;
  std::string id_;
  SaslMessage reply_;
  Mutex mutex_;
  bool writing_ GUARDED_BY(mutex_) = false;
  std::optional<grpc::Status> end_ GUARDED_BY(mutex_);
};

grpc::ServerBidiReactor<SaslMessage, SaslMessage>* SaslService::authenticate(grpc::CallbackServerContext*) {
  return new Stream(*this);
}

grpc::Status SaslService::Announce(const SaslMessage& message, const Stream* stream) {
  grpc::Status status = Judge(message);
  if (status.ok()) {
    const std::string id = CanonicalChannelId(message.client_id());
    MutexLock lock(mutex_);
    if (held_.erase(id) != 0) {
      if (listener_ != nullptr) listener_->OnClosed(id);
      status = {grpc::INTERNAL, "the channel id " + id + " is in use: take a new one"};
    } else if (held_.size() >= max_sessions_) {
      status = {grpc::RESOURCE_EXHAUSTED,
                std::to_string(max_sessions_) + " authenticated connections are open, which is the limit"};
    } else {
      if (listener_ != nullptr) listener_->OnOpened(id, message.channel_ref());
      held_[id] = stream;
    }
  }
  if (!status.ok()) ++refused_;
  return status;
}

void SaslService::Drop(const std::string& id, const Stream* stream) {
  MutexLock lock(mutex_);
  const auto held = held_.find(id);
  if (held == held_.end() || held->second != stream) return;
  held_.erase(held);
  if (listener_ != nullptr) listener_->OnClosed(id);
}

grpc::Status SaslService::Admit(const grpc::ServerContextBase& call) const {
  const auto& metadata = call.client_metadata();
  const auto header = metadata.find(kChannelIdHeader);
  if (header == metadata.end()) return Unauthenticated("the call carries no channel id: authenticate first");
  const std::string id = CanonicalChannelId({header->second.data(), header->second.size()});
  MutexLock lock(mutex_);
  if (id.empty() || held_.count(id) == 0) return Unauthenticated("the channel id is not known: authenticate again");
  return grpc::Status::OK;
}

size_t SaslService::sessions() const {
  MutexLock lock(mutex_);
  return held_.size();
}

}  // namespace locus::alluxio_wire
