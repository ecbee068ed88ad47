// The gRPC service of a front without a master: finds who answers a call, and refuses what nobody does.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "alluxio_meta/front/alone/answer.h"
#include "alluxio_meta/front/alone/answered_call.h"
#include "alluxio_meta/front/message_filter.h"

namespace locus::meta {

// One method of Alluxio's that is answered.
struct AnsweredMethod {
  Method answer;
  // Alluxio's own servers answer it without a session too.
  bool open = false;
};
// By "/package.Service/Method".
using MethodTable = std::unordered_map<std::string, AnsweredMethod>;

// Whether the call's session is known. Thread-safe.
using AdmitCall = std::function<grpc::Status(const grpc::ServerContextBase& call)>;

// Thread-safe; a call that waits costs no thread. Alluxio's clients ask again for two minutes after UNAVAILABLE,
// CANCELLED and UNAUTHENTICATED, and show any other status at once; so the refusals are:
//
//   UNAVAILABLE        too many calls are under way
//   PERMISSION_DENIED  the method would change something
//   UNIMPLEMENTED      nobody here answers it
class AnsweringService final : public grpc::CallbackGenericService {
 public:
  AnsweringService(MethodTable methods, AdmitCall admit, FilterFor filter_for, CallSurroundings around,
                   uint32_t max_calls);

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

  // Under way.
  size_t calls() const { return calls_; }

 private:
  const MethodTable methods_;
  const AdmitCall admit_;
  const FilterFor filter_for_;
  const CallSurroundings around_;
  const uint32_t max_calls_;
  std::atomic<uint32_t> calls_{0};
};

}  // namespace locus::meta
