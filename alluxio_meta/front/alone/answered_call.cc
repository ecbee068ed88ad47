#include "alluxio_meta/front/alone/answered_call.h"

#include <grpcpp/support/slice.h>

#include <utility>
#include <vector>

namespace locus::meta {
namespace {

constexpr char kGone[] = "the caller is gone";

std::string TextOf(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  if (!message.Dump(&slices).ok()) return "";
  std::string text;
  text.reserve(message.Length());
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

}  // namespace

AnsweredCall::AnsweredCall(CallSurroundings around, IncomingCall call, const Method& method,
                           std::unique_ptr<MessageFilter> filter, std::function<void()> left)
    : around_(around),
      asked_{std::move(call), ""},
      method_(method),
      filter_(std::move(filter)),
      left_(std::move(left)),
      begun_(around.clock.Now()) {}

void AnsweredCall::Start() {
  self_ = shared_from_this();
  StartRead(&incoming_);
}

void AnsweredCall::OnReadDone(bool ok) {
  if (!ok) return End({grpc::INVALID_ARGUMENT, "the call has no message"});
  if (filter_ != nullptr) filter_->Request(&incoming_);
  asked_bytes_ = incoming_.Length();
  asked_.request = TextOf(incoming_);
  incoming_.Clear();
  method_(asked_, [call = shared_from_this()](Answer answer) { call->Begin(std::move(answer)); });
}

void AnsweredCall::Begin(Answer answer) {
  {
    MutexLock lock(mutex_);
    // What it would need may be gone.
    if (finished_) return;
  }
  answer_ = std::move(answer);
  if (!answer_.next) return End(answer_.status);
  around_.threads.Post([call = shared_from_this()] { call->Continue(); });
}

void AnsweredCall::Continue() {
  {
    MutexLock lock(mutex_);
    if (finished_) return;
    busy_ = true;
  }
  std::string message;
  if (!answer_.next(&message)) return End(answer_.status);
  const grpc::Slice slice(message);
  outgoing_ = grpc::ByteBuffer(&slice, 1);
  if (filter_ != nullptr) filter_->Response(&outgoing_);
  answered_bytes_ += outgoing_.Length();
  bool gone = false;
  {
    MutexLock lock(mutex_);
    gone = cancelled_;
  }
  // Without the lock: gRPC may come back from within.
  if (gone) return End({grpc::CANCELLED, kGone});
  StartWrite(&outgoing_);
}

void AnsweredCall::OnWriteDone(bool ok) {
  bool gone = !ok;
  {
    MutexLock lock(mutex_);
    busy_ = false;
    gone = gone || cancelled_;
  }
  if (gone) return End({grpc::CANCELLED, kGone});
  around_.threads.Post([call = shared_from_this()] { call->Continue(); });
}

void AnsweredCall::OnCancel() {
  {
    MutexLock lock(mutex_);
    cancelled_ = true;
    // Whoever makes the next message, or the write that is under way, ends the call.
    if (busy_) return;
  }
  End({grpc::CANCELLED, kGone});
}

void AnsweredCall::End(const grpc::Status& status) {
  {
    MutexLock lock(mutex_);
    if (std::exchange(finished_, true)) return;
  }
  end_ = status;
  if (filter_ != nullptr) filter_->Done(end_);
  Finish(end_);
}

void AnsweredCall::OnDone() {
  around_.listener.OnEnd(asked_.call, end_, around_.clock.Now() - begun_, asked_bytes_, answered_bytes_);
  left_();
  const std::shared_ptr<AnsweredCall> self = std::move(self_);
}

}  // namespace locus::meta
