#include "locusctl/doctor/grpc_application_source.h"

#include <utility>

#include "common/grpc_server.h"

namespace locus::ctl {

GrpcApplicationSource::GrpcApplicationSource(std::string address, Duration timeout, const Clock& clock)
    : address_(std::move(address)), timeout_(timeout), clock_(clock) {}

absl::StatusOr<v1::Application> GrpcApplicationSource::Describe(const v1::DescribeApplicationRequest& request) {
  if (stub_ == nullptr) stub_ = v1::ApplicationService::NewStub(MakeChannel(address_));
  v1::Application application;
  grpc::ClientContext context;
  context.set_deadline(clock_.WallNow() + ToMillis(timeout_));
  const grpc::Status status = stub_->DescribeApplication(&context, request, &application);
  if (!status.ok()) return FromGrpc(status);
  return application;
}

}  // namespace locus::ctl
