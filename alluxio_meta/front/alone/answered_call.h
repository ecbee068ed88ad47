// One call at a front without a master: its message is read, answers are written one after the other, and it ends.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "alluxio_meta/front/alone/answer.h"
#include "alluxio_meta/front/alone/task_threads.h"
#include "alluxio_meta/front/forwarder.h"
#include "alluxio_meta/front/message_filter.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// What all calls share. Outlives the server.
struct CallSurroundings {
  ForwarderListener& listener;
  TaskThreads& threads;
  const Clock& clock;
};

// Thread-safe, by gRPC's threads and those of `threads`. Lives until gRPC is done with it and nobody answers any more.
// One message of it is in memory at a time: the next one is made when the last one was taken.
class AnsweredCall final : public grpc::ServerGenericBidiReactor, public std::enable_shared_from_this<AnsweredCall> {
 public:
  // `left` is called at the very end.
  AnsweredCall(CallSurroundings around, IncomingCall call, const Method& method, std::unique_ptr<MessageFilter> filter,
               std::function<void()> left);

  // Once, before gRPC has it.
  void Start();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // From whoever answers.
  void Begin(Answer answer);
  // Makes the next message, or ends.
  void Continue();
  void End(const grpc::Status& status);

  const CallSurroundings around_;
  Asked asked_;
  const Method& method_;
  const std::unique_ptr<MessageFilter> filter_;
  const std::function<void()> left_;
  const SteadyTime begun_;
  // Let go by OnDone.
  std::shared_ptr<AnsweredCall> self_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  // Of Begin and Continue, which follow each other.
  Answer answer_;
  uint64_t asked_bytes_ = 0;
  uint64_t answered_bytes_ = 0;
  grpc::Status end_;

  Mutex mutex_;
  // The next message is being made or written.
  bool busy_ GUARDED_BY(mutex_) = false;
  bool cancelled_ GUARDED_BY(mutex_) = false;
  bool finished_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::meta
