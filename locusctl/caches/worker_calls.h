// Calls to cache workers: over gRPC in production, a script in tests.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/locus/v1/cache.pb.h"

namespace locus::ctl {

// Thread-safe.
class WorkerCalls {
 public:
  virtual ~WorkerCalls() = default;

  // `address`: host:port. `progress` gets each message on this thread. UNAVAILABLE: not reached. CANCELLED after
  // CancelAll.
  virtual absl::Status Load(const std::string& address, const v1::LoadRequest& request,
                            const std::function<void(const v1::LoadProgress&)>& progress) = 0;
  // Within the time-out of the implementation, these three.
  virtual absl::StatusOr<v1::StatusResponse> Status(const std::string& address) = 0;
  virtual absl::StatusOr<v1::PinResponse> Pin(const std::string& address, const v1::PinRequest& request) = 0;
  virtual absl::StatusOr<v1::EvictResponse> Evict(const std::string& address, const v1::EvictRequest& request) = 0;
  // Ends the loads under way, and those that begin later at once.
  virtual void CancelAll() = 0;
};

}  // namespace locus::ctl
