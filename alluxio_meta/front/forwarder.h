// A gRPC service that has every method, and passes each call on as it is: raw messages, metadata, status, deadline,
// cancellation, streams of any kind.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "alluxio_meta/front/message_filter.h"
#include "alluxio_meta/front/upstream.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::meta {

class ForwardedCall;

enum class RefusalReason {
  // Without a leading master.
  kNoLeader,
  kTooManyCalls,
  // The others only at a front without a master: the method would change something; nobody answers it; the call has no
  // session.
  kReadOnly,
  kUnknownMethod,
  kNoSession,
};

// What became of calls; called from gRPC's threads. Thread-safe.
class ForwarderListener {
 public:
  virtual ~ForwarderListener() = default;
  // `took`: from the first byte to the status. `asked` and `answered`: bytes of messages, as they were passed on.
  virtual void OnEnd(const IncomingCall& call, const grpc::Status& status, Duration took, uint64_t asked,
                     uint64_t answered) = 0;
  // Neither passed on nor answered.
  virtual void OnRefused(const IncomingCall& call, RefusalReason reason) = 0;
};

// Thread-safe; a call costs no thread. One message in each direction is under way in a call: the next one is read when
// the last one was taken, so a slow caller, or a slow master, holds two messages of its own call and nobody else's.
//
// Callers hear UNAVAILABLE, which Alluxio's clients answer by asking again for two minutes, when there is no leader,
// the leader was left in the middle of the call, or too many calls are under way.
class Forwarder final : public grpc::CallbackGenericService {
 public:
  // All must outlive it.
  Forwarder(UpstreamSource& upstreams, FilterFor filter_for, ForwarderListener& listener, uint32_t max_calls,
            const Clock& clock);
  // The server must have been shut down. Waits until nothing is left of any call, its channel to the master among it.
  ~Forwarder() override;

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

  // Ends the calls that go to it with UNAVAILABLE, the streams that keep its sessions among them.
  void Leave(const std::shared_ptr<const Upstream>& upstream);
  // Under way.
  size_t calls() const;

 private:
  friend class ForwardedCall;
  // False: there are too many.
  bool Enter();
  void Register(const std::shared_ptr<ForwardedCall>& call);
  // `call` is gone, and serves as a key.
  void Left(const ForwardedCall* call);

  UpstreamSource& upstreams_;
  const FilterFor filter_for_;
  ForwarderListener& listener_;
  const uint32_t max_calls_;
  const Clock& clock_;

  mutable Mutex mutex_;
  CondVar left_;
  size_t entered_ GUARDED_BY(mutex_) = 0;
  std::unordered_map<const ForwardedCall*, std::weak_ptr<ForwardedCall>> calls_ GUARDED_BY(mutex_);
};

}  // namespace locus::meta
