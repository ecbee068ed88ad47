// One call on its way through the front: the caller's side, the master's side, and the messages between them.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "alluxio_meta/front/forwarder.h"
#include "alluxio_meta/front/message_filter.h"
#include "alluxio_meta/front/upstream.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

// Thread-safe, by gRPC's threads. It lives until both sides are done.
//
//   caller --Down.OnReadDone--> request_  --Up.StartWrite-->   master
//   caller <--Down.StartWrite-- response_ <--Up.OnReadDone--   master
//
// The reader of each direction is started again when the writer of the other side is done.
//
// Operations on Up from reactions of Down need a hold: gRPC would end Up under them. There is one for as long as the
// master may send something, which ends with the read that fails. Up's end, which is passed on as the end of the call,
// therefore never meets a write to the caller that is under way.
class ForwardedCall final : public std::enable_shared_from_this<ForwardedCall> {
 public:
  // `context` and the forwarder outlive it.
  ForwardedCall(Forwarder& forwarder, IncomingCall call, grpc::GenericCallbackServerContext* context,
                std::shared_ptr<const Upstream> upstream, std::unique_ptr<MessageFilter> filter);
  // Once. The caller's side, for gRPC.
  grpc::ServerGenericBidiReactor* Start();
  const std::shared_ptr<const Upstream>& upstream() const { return upstream_; }
  // Its master does not lead any more.
  void Lose();

 private:
  class Down final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Down(ForwardedCall& call) : call_(call) {}
    void OnReadDone(bool ok) override { call_.RequestRead(ok); }
    void OnWriteDone(bool ok) override { call_.ResponseWritten(ok); }
    void OnCancel() override { call_.up_context_.TryCancel(); }
    void OnDone() override { call_.DownDone(); }

   private:
    ForwardedCall& call_;
  };
  class Up final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
   public:
    explicit Up(ForwardedCall& call) : call_(call) {}
    void OnReadInitialMetadataDone(bool ok) override { call_.MetadataRead(ok); }
    void OnReadDone(bool ok) override { call_.ResponseRead(ok); }
    void OnWriteDone(bool ok) override { call_.RequestWritten(ok); }
    void OnDone(const grpc::Status& status) override { call_.UpDone(status); }

   private:
    ForwardedCall& call_;
  };

  void PrepareContext();
  // From Down.
  void RequestRead(bool ok);
  void ResponseWritten(bool ok);
  void DownDone();
  // From Up.
  void MetadataRead(bool ok);
  void ResponseRead(bool ok);
  void RequestWritten(bool ok);
  void UpDone(const grpc::Status& status);

  // Keeps Up alive until its RemoveHold; false when it ends already.
  bool HoldUp();

  // Says that the call has left when everything below is gone. The master's channel may not go last in a thread of
  // gRPC's, which would then wait for itself.
  class Stay {
   public:
    Stay(Forwarder& forwarder, const ForwardedCall* call) : forwarder_(forwarder), call_(call) {}
    ~Stay() { forwarder_.Left(call_); }
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;

   private:
    Forwarder& forwarder_;
    const ForwardedCall* const call_;
  };

  const Stay stay_;
  Forwarder& forwarder_;
  const IncomingCall incoming_;
  grpc::GenericCallbackServerContext* const down_context_;
  const std::shared_ptr<const Upstream> upstream_;
  const std::unique_ptr<MessageFilter> filter_;
  const SteadyTime begun_;
  grpc::ClientContext up_context_;
  Down down_;
  Up up_;
  // Let go by DownDone and UpDone.
  std::shared_ptr<ForwardedCall> down_self_;
  std::shared_ptr<ForwardedCall> up_self_;

  // Each belongs to the operation under way on it.
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::atomic<uint64_t> asked_{0};
  std::atomic<uint64_t> answered_{0};
  std::atomic<bool> lost_{false};
  // Set before Down is finished with it.
  grpc::Status end_;

  Mutex mutex_;
  // The master may still send something, so the hold stands.
  bool up_open_ GUARDED_BY(mutex_) = true;
  // What the master sends first is passed on, or there is none.
  bool metadata_passed_ GUARDED_BY(mutex_) = false;
  // A response is there, and waits for that.
  bool response_waits_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::meta
