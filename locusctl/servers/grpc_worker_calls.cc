#include "locusctl/servers/grpc_worker_calls.h"

#include "common/grpc_server.h"
#include "common/status.h"

namespace locus::ctl {

GrpcWorkerCalls::Worker& GrpcWorkerCalls::WorkerAt(const std::string& address) {
  MutexLock lock(mutex_);
  std::unique_ptr<Worker>& worker = workers_[address];
  if (worker == nullptr) {
    worker = std::make_unique<Worker>();
    worker->channel = dialer_.Channel(address);
    worker->stub = v1::CacheService::NewStub(worker->channel);
  }
  return *worker;
}

bool GrpcWorkerCalls::Enter(grpc::ClientContext& context) {
  MutexLock lock(mutex_);
  if (!cancelled_) under_way_.insert(&context);
  return !cancelled_;
}

void GrpcWorkerCalls::Leave(grpc::ClientContext& context) {
  MutexLock lock(mutex_);
  under_way_.erase(&context);
}

void GrpcWorkerCalls::CancelAll() {
  MutexLock lock(mutex_);
  cancelled_ = true;
  for (grpc::ClientContext* context : under_way_) context->TryCancel();
}

absl::Status GrpcWorkerCalls::Load(const std::string& address, const v1::LoadRequest& request,
                                   const std::function<void(const v1::LoadProgress&)>& progress) {
  Worker& worker = WorkerAt(address);
  // A call without a deadline would wait for a machine that swallows packets as long as the kernel does.
  if (!worker.channel->WaitForConnected(dialer_.Deadline())) {
    return Unavailable("no connection to " + address);
  }
  grpc::ClientContext context;
  if (!Enter(context)) return absl::CancelledError("cancelled");
  const auto reader = worker.stub->Load(&context, request);
  v1::LoadProgress message;
  while (reader->Read(&message)) progress(message);
  const grpc::Status status = reader->Finish();
  Leave(context);
  return status.ok() ? absl::OkStatus() : FromGrpc(status);
}

template <typename Request, typename Response>
absl::StatusOr<Response> GrpcWorkerCalls::Ask(const std::string& address, Method<Request, Response> method,
                                              const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(dialer_.Deadline());
  Response response;
  const grpc::Status status = ((*WorkerAt(address).stub).*method)(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

absl::StatusOr<v1::StatusResponse> GrpcWorkerCalls::Status(const std::string& address) {
  return Ask(address, &Stub::Status, v1::StatusRequest());
}

absl::StatusOr<v1::PinResponse> GrpcWorkerCalls::Pin(const std::string& address, const v1::PinRequest& request) {
  return Ask(address, &Stub::Pin, request);
}

absl::StatusOr<v1::EvictResponse> GrpcWorkerCalls::Evict(const std::string& address, const v1::EvictRequest& request) {
  return Ask(address, &Stub::Evict, request);
}

}  // namespace locus::ctl
