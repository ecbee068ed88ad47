// The front before an Alluxio master: calls are passed on to whichever leads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/master_options.h"
#include "alluxio_meta/front/behind.h"
#include "alluxio_meta/front/forwarder.h"
#include "alluxio_meta/front/leader_keeper.h"
#include "common/clock.h"

namespace locus::meta {

class MasterBehind final : public Behind {
 public:
  // INVALID_ARGUMENT as of LeaderKeeper. `listener` and `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<MasterBehind>> Create(const MasterOptions& options, FilterFor filter_for,
                                                              ForwarderListener& listener, uint32_t max_calls,
                                                              const Clock& clock);

  grpc::CallbackGenericService& service() override { return forwarder_; }
  std::vector<grpc::Service*> more() override { return {}; }
  void Start() override;
  void Stop() override { leader_->Stop(); }
  std::string Condition() const override;
  void Export(Metrics& metrics) override;

 private:
  MasterBehind(std::unique_ptr<LeaderKeeper> leader, FilterFor filter_for, ForwarderListener& listener,
               uint32_t max_calls, const Clock& clock)
      : leader_(std::move(leader)), forwarder_(*leader_, std::move(filter_for), listener, max_calls, clock) {}

  const std::unique_ptr<LeaderKeeper> leader_;
  Forwarder forwarder_;
};

}  // namespace locus::meta
