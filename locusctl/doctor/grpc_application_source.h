// Running applications from locus-meta over gRPC.
#pragma once

#include <memory>
#include <string>

#include "common/clock.h"
#include "locusctl/doctor/application_source.h"
#include "proto/locus/v1/application.grpc.pb.h"

namespace locus::ctl {

// Connects at the first call. `timeout` bounds each call, connecting included.
class GrpcApplicationSource final : public ApplicationSource {
 public:
  // `clock` must outlive this.
  GrpcApplicationSource(std::string address, Duration timeout, const Clock& clock);

  std::string address() const override { return address_; }
  absl::StatusOr<v1::Application> Describe(const v1::DescribeApplicationRequest& request) override;

 private:
  const std::string address_;
  const Duration timeout_;
  const Clock& clock_;
  std::unique_ptr<v1::ApplicationService::StubInterface> stub_;
};

}  // namespace locus::ctl
