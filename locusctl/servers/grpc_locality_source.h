// locus-meta over gRPC.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "locusctl/locality_source.h"
#include "locusctl/servers/dialer.h"
#include "proto/locus/v1/locality.grpc.pb.h"

namespace locus::ctl {

// Connects at the first call.
class GrpcLocalitySource final : public LocalitySource {
 public:
  // `dialer` must outlive this.
  GrpcLocalitySource(std::string address, const Dialer& dialer);

  std::string address() const override { return address_; }
  absl::StatusOr<v1::GetLocalityResponse> GetLocality(const std::vector<std::string>& inputs) override;
  absl::StatusOr<v1::ListWorkersResponse> ListWorkers() override;
  absl::StatusOr<v1::ListMountsResponse> ListMounts() override;

 private:
  v1::LocalityService::StubInterface& Stub();
  void Prepare(grpc::ClientContext& context) const;

  const std::string address_;
  const Dialer& dialer_;
  std::unique_ptr<v1::LocalityService::StubInterface> stub_;
};

}  // namespace locus::ctl
