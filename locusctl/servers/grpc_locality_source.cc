#include "locusctl/servers/grpc_locality_source.h"

#include <utility>

#include "common/grpc_server.h"

namespace locus::ctl {

GrpcLocalitySource::GrpcLocalitySource(std::string address, const Dialer& dialer)
    : address_(std::move(address)), dialer_(dialer) {}

v1::LocalityService::StubInterface& GrpcLocalitySource::Stub() {
  if (stub_ == nullptr) stub_ = v1::LocalityService::NewStub(dialer_.Channel(address_));
  return *stub_;
}

void GrpcLocalitySource::Prepare(grpc::ClientContext& context) const { context.set_deadline(dialer_.Deadline()); }

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
