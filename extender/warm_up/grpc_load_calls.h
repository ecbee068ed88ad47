// LoadCalls over CacheService.Load.
#pragma once

#include <utility>

#include "common/clock.h"
#include "common/grpc_server.h"
#include "extender/warm_up/load_calls.h"

namespace locus::extender {

class GrpcLoadCalls final : public LoadCalls {
 public:
  // A worker tells its progress each second: one that is silent for `silence` is given up. `clock` must outlive it.
  GrpcLoadCalls(Duration silence, const Clock& clock, ChannelSecurity security = {})
      : silence_(silence), clock_(clock), security_(std::move(security)) {}

  absl::Status Load(const LoadStep& step, uint64_t bytes_per_second, const std::function<bool()>& wanted,
                    const std::function<void(const LoadFigures&)>& progress) override;

 private:
  const Duration silence_;
  const Clock& clock_;
  const ChannelSecurity security_;
};

}  // namespace locus::extender
