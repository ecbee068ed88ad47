#include "alluxio_wire/session.h"

#include <utility>

#include "alluxio_wire/channel_id.h"

namespace locus::alluxio_wire {
namespace {

namespace sasl = ::alluxio::grpc::sasl;

}  // namespace

Session::Session(const std::shared_ptr<grpc::Channel>& channel, SessionOptions options)
    : options_(std::move(options)), stub_(sasl::SaslAuthenticationService::NewStub(channel)) {}

Session::~Session() {
  Cancel();
  if (thread_.joinable()) thread_.join();
}

void Session::Cancel() { context_.TryCancel(); }

grpc::Status Session::Authenticate(Duration timeout) {
  thread_ = std::thread([this] { Run(); });
  {
    MutexLock lock(mutex_);
    changed_.WaitFor(mutex_, timeout, [this] { return welcome_ || ended_; });
    if (ended_) return status_;
    if (welcome_) return grpc::Status::OK;
  }
  Cancel();
  return {grpc::DEADLINE_EXCEEDED, "no answer within the time for a call"};
}

bool Session::alive() const {
  MutexLock lock(mutex_);
  return welcome_ && !ended_;
}

void Session::Sign(grpc::ClientContext& call) const { call.AddMetadata(kChannelIdHeader, options_.channel_id); }

void Session::Run() {
  const auto stream = stub_->authenticate(&context_);
  SaslMessage challenge;
  challenge.set_message_type(SaslMessage::CHALLENGE);
  challenge.set_message(options_.initial_response);
  challenge.set_client_id(options_.channel_id);
  // Also where the server asks for CUSTOM: it takes the scheme from its own configuration, but refuses NOSASL.
  challenge.set_authentication_scheme(SaslMessage::SCHEME_SIMPLE);
  challenge.set_channel_ref(options_.channel_ref);
  // A failed write shows in the read.
  stream->Write(challenge);
  SaslMessage answer;
  bool refused = false;
  while (!refused && stream->Read(&answer)) {
    MutexLock lock(mutex_);
    welcome_ = welcome_ || answer.message_type() == SaslMessage::SUCCESS;
    // PLAIN has one round: a second challenge cannot be answered.
    refused = !welcome_;
    changed_.NotifyAll();
  }
  if (refused) context_.TryCancel();
  grpc::Status status = stream->Finish();
  if (refused) status = {grpc::UNAUTHENTICATED, "the server wants more than SASL PLAIN"};
  MutexLock lock(mutex_);
  if (status.ok() && !welcome_) status = {grpc::UNAUTHENTICATED, "the server ended the handshake without a word"};
  status_ = std::move(status);
  ended_ = true;
  changed_.NotifyAll();
}

}  // namespace locus::alluxio_wire
