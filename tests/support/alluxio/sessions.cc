#include "tests/support/alluxio/sessions.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "common/status.h"

namespace locus::fake_alluxio {
namespace {

using alluxio::grpc::sasl::SaslAuthenticationService;
using alluxio::grpc::sasl::SaslMessage;

constexpr char kChannelId[] = "channel-id";

grpc::Status Unauthenticated(const std::string& text) { return {grpc::StatusCode::UNAUTHENTICATED, text}; }

}  // namespace

absl::StatusOr<PlainResponse> ParsePlain(const std::string& message) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= message.size();) {
    const size_t end = std::min(message.find('\0', start), message.size());
    parts.push_back(message.substr(start, end - start));
    start = end + 1;
  }
  if (parts.size() < 3) return InvalidArgument("Invalid message format, parts must contain 3 items");
  PlainResponse plain = {parts[0], parts[1], parts[2]};
  if (plain.user.empty()) return InvalidArgument("No authentication identity provided");
  if (plain.password.empty()) return InvalidArgument("No password provided");
  return plain;
}

std::string CanonicalUuid(const std::string& text) {
  const size_t widths[] = {8, 4, 4, 4, 12};
  std::string out;
  size_t start = 0;
  for (const size_t width : widths) {
    const bool last = width == widths[4];
    const size_t end = last ? text.size() : text.find('-', start);
    if (end == std::string::npos || end <= start || end - start > width) return "";
    out += out.empty() ? "" : "-";
    out.append(width - (end - start), '0');
    for (size_t i = start; i < end; ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (std::isxdigit(c) == 0) return "";
      out.push_back(static_cast<char>(std::tolower(c)));
    }
    start = end + 1;
  }
  return out;
}

// One authenticate stream. Deletes itself when it is done. Callbacks come one at a time, End from anywhere.
class Sessions::Stream final : public grpc::ServerBidiReactor<SaslMessage, SaslMessage> {
 public:
  explicit Stream(Sessions& sessions) : sessions_(sessions) {
    sessions_.Opened(this);
    StartRead(&request_);
  }

  // Once; later calls do nothing.
  void End(const grpc::Status& status) {
    {
      MutexLock lock(mutex_);
      if (std::exchange(ended_, true)) return;
    }
    Finish(status);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      sessions_.Drop(this);
      return End(grpc::Status::OK);
    }
    if (std::exchange(admitted_, true)) {
      sessions_.Drop(this);
      return End({grpc::StatusCode::INTERNAL, "PLAIN authentication has completed"});
    }
    const grpc::Status status = sessions_.Admit(request_, this);
    if (!status.ok()) return End(status);
    // Field 2 stays unset: a Java client throws where it is there, even empty.
    reply_.set_message_type(SaslMessage::SUCCESS);
    MutexLock lock(mutex_);
    if (ended_) return;
    StartWrite(&reply_);
    StartRead(&request_);
  }
  void OnCancel() override {
    sessions_.Drop(this);
    End(grpc::Status::CANCELLED);
  }
  void OnDone() override {
    sessions_.Closed(this);
    delete this;
  }

 private:
  Sessions& sessions_;
  SaslMessage request_;
  SaslMessage reply_;
  bool admitted_ = false;
  Mutex mutex_;
  bool ended_ GUARDED_BY(mutex_) = false;
};

class Sessions::Service final : public SaslAuthenticationService::CallbackService {
 public:
  explicit Service(Sessions& sessions) : sessions_(sessions) {}
  // The blocking form, which the generated class keeps for itself.
  using SaslAuthenticationService::CallbackService::authenticate;
  grpc::ServerBidiReactor<SaslMessage, SaslMessage>* authenticate(grpc::CallbackServerContext*) override {
    return new Stream(sessions_);
  }

 private:
  Sessions& sessions_;
};

Sessions::Sessions(Gatekeeping gatekeeping, HandshakeHook hook)
    : gatekeeping_(std::move(gatekeeping)), hook_(std::move(hook)), service_(std::make_unique<Service>(*this)) {}

Sessions::~Sessions() = default;

grpc::Service* Sessions::service() { return service_.get(); }

grpc::Status Sessions::Judge(const SaslMessage& message, std::string& user) const {
  if (CanonicalUuid(message.client_id()).empty()) {
    return {grpc::StatusCode::INTERNAL, "Invalid UUID string: " + message.client_id()};
  }
  if (message.authentication_scheme() == SaslMessage::SCHEME_NOSASL) {
    return Unauthenticated("Authentication scheme:NOSASL is not supported");
  }
  if (message.message_type() != SaslMessage::CHALLENGE) {
    return Unauthenticated("Server can't process Sasl message type:SUCCESS");
  }
  const auto plain = ParsePlain(message.message());
  if (!plain.ok()) return Unauthenticated("Plain authentication failed: " + MessageOf(plain.status()));
  user = plain->user;
  if (!plain->acts_as.empty() && plain->acts_as != plain->user) {
    return Unauthenticated(plain->user + " is not allowed to impersonate " + plain->acts_as);
  }
  if (gatekeeping_.check_passwords) {
    const auto found = gatekeeping_.passwords.find(plain->user);
    if (found == gatekeeping_.passwords.end() || found->second != plain->password) {
      return Unauthenticated("Plain authentication failed: wrong user or password");
    }
  }
  return grpc::Status::OK;
}

grpc::Status Sessions::Admit(const SaslMessage& message, Stream* stream) {
  std::string user;
  const grpc::Status deserved = Judge(message, user);
  const grpc::Status status = hook_(user, deserved);
  if (!status.ok()) return status;
  const std::string id = CanonicalUuid(message.client_id());
  MutexLock lock(mutex_);
  const auto held = held_.find(id);
  if (held != held_.end()) {
    held_.erase(held);
    return {grpc::StatusCode::INTERNAL, "Channel: " + id + " already exists in authentication registry"};
  }
  held_[id] = {user, stream};
  return grpc::Status::OK;
}

absl::StatusOr<std::string> Sessions::UserOf(const grpc::ServerContext& context, const std::string& method) const {
  const auto& metadata = context.client_metadata();
  const auto header = metadata.find(kChannelId);
  if (header == metadata.end()) {
    return absl::UnauthenticatedError("Channel Id is missing for call: " + method + ".");
  }
  const std::string id = CanonicalUuid({header->second.data(), header->second.size()});
  if (id.empty()) return absl::UnknownError("");
  MutexLock lock(mutex_);
  const auto held = held_.find(id);
  if (held == held_.end()) {
    return absl::UnauthenticatedError("Channel: " + id + " is not authenticated for call: " + method);
  }
  return held->second.user;
}

size_t Sessions::count() const {
  MutexLock lock(mutex_);
  return held_.size();
}

void Sessions::EndAll(const grpc::Status& status) {
  MutexLock lock(mutex_);
  held_.clear();
  // They leave the map only after this lock is free: OnDone runs on a thread of gRPC's.
  for (Stream* stream : streams_) stream->End(status);
}

void Sessions::ForgetAll() {
  MutexLock lock(mutex_);
  held_.clear();
}

void Sessions::Drop(const Stream* stream) {
  MutexLock lock(mutex_);
  std::erase_if(held_, [stream](const auto& entry) { return entry.second.stream == stream; });
}

void Sessions::Opened(Stream* stream) {
  MutexLock lock(mutex_);
  streams_.insert(stream);
}

void Sessions::Closed(Stream* stream) {
  MutexLock lock(mutex_);
  streams_.erase(stream);
}

}  // namespace locus::fake_alluxio
