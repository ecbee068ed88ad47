#include "alluxio_meta/front/forwarder.h"

#include <utility>
#include <vector>

#include "alluxio_meta/front/forwarded_call.h"
#include "alluxio_meta/front/incoming_call.h"

namespace locus::meta {

Forwarder::Forwarder(UpstreamSource& upstreams, FilterFor filter_for, ForwarderListener& listener, uint32_t max_calls,
                     const Clock& clock)
    : upstreams_(upstreams),
      filter_for_(std::move(filter_for)),
      listener_(listener),
      max_calls_(max_calls),
      clock_(clock) {}

Forwarder::~Forwarder() {
  // The server has waited for the callers' sides; the masters' sides may be in their last lines.
  MutexLock lock(mutex_);
  left_.Wait(mutex_, [this] { return entered_ == 0; });
}

grpc::ServerGenericBidiReactor* Forwarder::CreateReactor(grpc::GenericCallbackServerContext* context) {
  IncomingCall incoming = Describe(*context);
  const auto refuse = [&](RefusalReason reason, const std::string& why) {
    listener_.OnRefused(incoming, reason);
    return RefuseCall({grpc::UNAVAILABLE, "locus-meta's front: " + why});
  };
  std::shared_ptr<const Upstream> upstream = upstreams_.Current();
  if (upstream == nullptr) return refuse(RefusalReason::kNoLeader, upstreams_.Problem());
  if (!Enter()) {
    return refuse(RefusalReason::kTooManyCalls,
                  std::to_string(max_calls_) + " calls are under way, which is the limit: raise front.max_calls");
  }
  std::unique_ptr<MessageFilter> filter = filter_for_ ? filter_for_(incoming) : nullptr;
  const auto call =
      std::make_shared<ForwardedCall>(*this, std::move(incoming), context, std::move(upstream), std::move(filter));
  Register(call);
  grpc::ServerGenericBidiReactor* const reactor = call->Start();
  // It may have been left before it was registered.
  if (upstreams_.Current() != call->upstream()) call->Lose();
  return reactor;
}

void Forwarder::Leave(const std::shared_ptr<const Upstream>& upstream) {
  std::vector<std::shared_ptr<ForwardedCall>> lost;
  {
    MutexLock lock(mutex_);
    for (const auto& [key, weak] : calls_) {
      std::shared_ptr<ForwardedCall> call = weak.lock();
      if (call != nullptr && call->upstream() == upstream) lost.push_back(std::move(call));
    }
  }
  // Without the lock: it ends calls, which leave.
  for (const auto& call : lost) call->Lose();
}

size_t Forwarder::calls() const {
  MutexLock lock(mutex_);
  return entered_;
}

bool Forwarder::Enter() {
  MutexLock lock(mutex_);
  if (entered_ >= max_calls_) return false;
  ++entered_;
  return true;
}

void Forwarder::Register(const std::shared_ptr<ForwardedCall>& call) {
  MutexLock lock(mutex_);
  calls_[call.get()] = call;
}

void Forwarder::Left(const ForwardedCall* call) {
  MutexLock lock(mutex_);
  calls_.erase(call);
  --entered_;
  left_.NotifyAll();
}

}  // namespace locus::meta
