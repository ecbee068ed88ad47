// Running applications from locus-meta over gRPC.
#pragma once

#include <memory>
#include <string>

#include "locusctl/doctor/application_source.h"
#include "locusctl/servers/dialer.h"
#include "proto/locus/v1/application.grpc.pb.h"

namespace locus::ctl {

// Connects at the first call.
class GrpcApplicationSource final : public ApplicationSource {
 public:
  // `dialer` must outlive this.
  GrpcApplicationSource(std::string address, const Dialer& dialer);

  std::string address() const override { return address_; }
  absl::StatusOr<v1::Application> Describe(const v1::DescribeApplicationRequest& request) override;

 private:
  const std::string address_;
  const Dialer& dialer_;
  std::unique_ptr<v1::ApplicationService::StubInterface> stub_;
};

}  // namespace locus::ctl
