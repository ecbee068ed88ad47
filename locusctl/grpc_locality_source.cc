#include "locusctl/grpc_locality_source.h"

#include <utility>

#include "common/grpc_server.h"

namespace locus::ctl {

GrpcLocalitySource::GrpcLocalitySource(std::string address, Duration timeout, const Clock& clock)
    : address_(std::move(address)), timeout_(timeout), clock_(clock) {}

v1::LocalityService::StubInterface& GrpcLocalitySource::Stub() {
  if (stub_ == nullptr) stub_ = v1::LocalityService::NewStub(MakeChannel(address_));
  return *stub_;
}

void GrpcLocalitySource::Prepare(grpc::ClientContext& context) const {
  context.set_deadline(clock_.WallNow() + ToMillis(timeout_));
}

absl::StatusOr<v1::GetLocalityResponse> GrpcLocalitySource::GetLocality(const std::vector<std::string>& inputs) {
  v1::GetLocalityRequest request;
  for (const std::string& input : inputs) request.add_inputs(input);
  v1::GetLocalityResponse response;
  grpc::ClientContext context;
  Prepare(context);
  const grpc::Status status = Stub().GetLocality(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

absl::StatusOr<v1::ListWorkersResponse> GrpcLocalitySource::ListWorkers() {
  v1::ListWorkersResponse response;
  grpc::ClientContext context;
  Prepare(context);
  const grpc::Status status = Stub().ListWorkers(&context, v1::ListWorkersRequest(), &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

absl::StatusOr<v1::ListMountsResponse> GrpcLocalitySource::ListMounts() {
  v1::ListMountsResponse response;
  grpc::ClientContext context;
  Prepare(context);
  const grpc::Status status = Stub().ListMounts(&context, v1::ListMountsRequest(), &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

}  // namespace locus::ctl
