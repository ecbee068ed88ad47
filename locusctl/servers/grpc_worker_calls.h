// CacheService of many workers over gRPC.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "common/mutex.h"
#include "locusctl/caches/worker_calls.h"
#include "locusctl/servers/dialer.h"
#include "proto/locus/v1/cache.grpc.pb.h"

namespace locus::ctl {

// Connects at the first call to each worker, and keeps the connection.
class GrpcWorkerCalls final : public WorkerCalls {
 public:
  // The time-out of `dialer`, which must outlive this, bounds of a Load the connecting alone.
  explicit GrpcWorkerCalls(const Dialer& dialer) : dialer_(dialer) {}

  absl::Status Load(const std::string& address, const v1::LoadRequest& request,
                    const std::function<void(const v1::LoadProgress&)>& progress) override;
  absl::StatusOr<v1::StatusResponse> Status(const std::string& address) override;
  absl::StatusOr<v1::PinResponse> Pin(const std::string& address, const v1::PinRequest& request) override;
  absl::StatusOr<v1::EvictResponse> Evict(const std::string& address, const v1::EvictRequest& request) override;
  void CancelAll() override;

 private:
  struct Worker {
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<v1::CacheService::StubInterface> stub;
  };
  using Stub = v1::CacheService::StubInterface;
  template <typename Request, typename Response>
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

  // Lives as long as this.
  Worker& WorkerAt(const std::string& address);
  // One question, one answer.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Ask(const std::string& address, Method<Request, Response> method, const Request& request);
  // False: cancelled already.
  bool Enter(grpc::ClientContext& context);
  void Leave(grpc::ClientContext& context);

  const Dialer& dialer_;
  Mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Worker>> workers_ GUARDED_BY(mutex_);
  std::set<grpc::ClientContext*> under_way_ GUARDED_BY(mutex_);
  bool cancelled_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::ctl
