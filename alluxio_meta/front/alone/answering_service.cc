#include "alluxio_meta/front/alone/answering_service.h"

#include <memory>
#include <utility>

#include "alluxio_meta/front/alone/refusals.h"
#include "alluxio_meta/front/incoming_call.h"

namespace locus::meta {

AnsweringService::AnsweringService(MethodTable methods, AdmitCall admit, FilterFor filter_for, CallSurroundings around,
                                   uint32_t max_calls)
    : methods_(std::move(methods)),
      admit_(std::move(admit)),
      filter_for_(std::move(filter_for)),
      around_(around),
      max_calls_(max_calls) {}

grpc::ServerGenericBidiReactor* AnsweringService::CreateReactor(grpc::GenericCallbackServerContext* context) {
  IncomingCall incoming = Describe(*context);
  const auto refuse = [&](RefusalReason reason, const grpc::Status& status) {
    around_.listener.OnRefused(incoming, reason);
    return RefuseCall(status);
  };
  const auto method = methods_.find(incoming.method);
  if (method == methods_.end()) {
    return ChangesSomething(incoming.method) ? refuse(RefusalReason::kReadOnly, ReadOnly(incoming.method))
                                             : refuse(RefusalReason::kUnknownMethod, NotAnswered(incoming.method));
  }
  if (!method->second.open) {
    const grpc::Status known = admit_(*context);
    if (!known.ok()) return refuse(RefusalReason::kNoSession, known);
  }
  if (++calls_ > max_calls_) {
    --calls_;
    return refuse(RefusalReason::kTooManyCalls,
                  {grpc::UNAVAILABLE, "locus-meta's front: " + std::to_string(max_calls_) +
                                          " calls are under way, which is the limit: raise front.max_calls"});
  }
  std::unique_ptr<MessageFilter> filter = filter_for_ ? filter_for_(incoming) : nullptr;
  const auto call = std::make_shared<AnsweredCall>(around_, std::move(incoming), method->second.answer,
                                                   std::move(filter), [this] { --calls_; });
  call->Start();
  return call.get();
}

}  // namespace locus::meta
