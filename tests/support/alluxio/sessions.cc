#include "tests/support/alluxio/sessions.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <utility>
#include <vector>

#include "common/status.h"

namespace locus::fake_alluxio {
namespace {

using alluxio::grpc::sasl::SaslMessage;

constexpr char kChannelId[] = "channel-id";
// How soon streams are ended from outside.
constexpr auto kLook = std::chrono::milliseconds(5);

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

// One authenticate stream. All of it happens on the sessions' thread; deletes itself when nothing is under way any
// more.
class Sessions::Stream {
 public:
  // What the queue gives back when an operation is over.
  struct Step {
    Stream* stream;
    void (Stream::*done)(bool ok);
  };

  explicit Stream(Sessions& sessions) : sessions_(sessions), wire_(&context_) { sessions_.streams_.insert(this); }
  ~Stream() { sessions_.streams_.erase(this); }

  void Expect() {
    ++under_way_;
    sessions_.service_.Requestauthenticate(&context_, &wire_, sessions_.queue_.get(), sessions_.queue_.get(), &called_);
  }
  void Complete(const Step& step, bool ok) {
    --under_way_;
    (this->*step.done)(ok);
    if (under_way_ == 0) delete this;
  }
  // Once, of a stream that has begun; later calls do nothing. Waits for a message that is on its way.
  void End(const grpc::Status& status) {
    if (!begun_ || end_.has_value()) return;
    end_ = status;
    if (!writing_) Finish();
  }

 private:
  void Finish() {
    ++under_way_;
    wire_.Finish(*end_, &finished_);
  }
  void Read() {
    ++under_way_;
    wire_.Read(&request_, &read_);
  }
  void OnCalled(bool ok) {
    if (!ok) return;
    begun_ = true;
    sessions_.Listen();
    Read();
  }
  // Not ok: half-closed, cancelled or disconnected.
  void OnRead(bool ok) {
    if (!ok || admitted_) {
      sessions_.Drop(this);
      return End(ok ? grpc::Status(grpc::StatusCode::INTERNAL, "PLAIN authentication has completed")
                    : grpc::Status::OK);
    }
    // Ended from outside while the message was on its way.
    if (end_.has_value()) return;
    const grpc::Status status = sessions_.Admit(request_, this);
    if (!status.ok()) return End(status);
    admitted_ = true;
    // Field 2 stays unset: a Java client throws where it is there, even empty.
    reply_.set_message_type(SaslMessage::SUCCESS);
    writing_ = true;
    ++under_way_;
    wire_.Write(reply_, &wrote_);
    Read();
  }
  void OnWrote(bool) {
    writing_ = false;
    if (end_.has_value()) Finish();
  }
  void OnFinished(bool) {}

  Sessions& sessions_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<SaslMessage, SaslMessage> wire_;
  SaslMessage request_;
  SaslMessage reply_;
  Step called_ = {this, &Stream::OnCalled};
  Step read_ = {this, &Stream::OnRead};
  Step wrote_ = {this, &Stream::OnWrote};
  Step finished_ = {this, &Stream::OnFinished};
  int under_way_ = 0;
  bool begun_ = false;
  bool admitted_ = false;
  bool writing_ = false;
  std::optional<grpc::Status> end_;
};

Sessions::Sessions(Gatekeeping gatekeeping, HandshakeHook hook)
    : gatekeeping_(std::move(gatekeeping)), hook_(std::move(hook)) {}

Sessions::~Sessions() { Stop(); }

void Sessions::AddTo(grpc::ServerBuilder& builder) {
  builder.RegisterService(&service_);
  queue_ = builder.AddCompletionQueue();
}

void Sessions::Start() {
  if (queue_ != nullptr) thread_ = std::thread([this] { Run(); });
}

void Sessions::Stop() {
  if (!thread_.joinable()) return;
  queue_->Shutdown();
  thread_.join();
}

void Sessions::Listen() { (new Stream(*this))->Expect(); }

void Sessions::Run() {
  Listen();
  for (;;) {
    void* tag = nullptr;
    bool ok = false;
    const auto next = queue_->AsyncNext(&tag, &ok, std::chrono::system_clock::now() + kLook);
    if (next == grpc::CompletionQueue::SHUTDOWN) return;
    if (next == grpc::CompletionQueue::GOT_EVENT) {
      const auto* step = static_cast<Stream::Step*>(tag);
      step->stream->Complete(*step, ok);
    }
    EndWhatIsAsked();
  }
}

void Sessions::EndWhatIsAsked() {
  MutexLock lock(mutex_);
  if (!end_with_.has_value()) return;
  for (Stream* stream : streams_) stream->End(*end_with_);
  end_with_.reset();
  ended_.NotifyAll();
}

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

grpc::Status Sessions::Admit(const SaslMessage& message, const Stream* stream) {
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
  if (!thread_.joinable()) return;
  end_with_ = status;
  ended_.Wait(mutex_, [this] { return !end_with_.has_value(); });
}

void Sessions::ForgetAll() {
  MutexLock lock(mutex_);
  held_.clear();
}

void Sessions::Drop(const Stream* stream) {
  MutexLock lock(mutex_);
  std::erase_if(held_, [stream](const auto& entry) { return entry.second.stream == stream; });
}

}  // namespace locus::fake_alluxio
