#include "locusctl/servers/grpc_application_source.h"

#include <utility>

#include "common/grpc_server.h"

namespace locus::ctl {

GrpcApplicationSource::GrpcApplicationSource(std::string address, const Dialer& dialer)
    : address_(std::move(address)), dialer_(dialer) {}

absl::StatusOr<v1::Application> GrpcApplicationSource::Describe(const v1::DescribeApplicationRequest& request) {
  if (stub_ == nullptr) stub_ = v1::ApplicationService::NewStub(dialer_.Channel(address_));
  v1::Application application;
  grpc::ClientContext context;
  context.set_deadline(dialer_.Deadline());
  const grpc::Status status = stub_->DescribeApplication(&context, request, &application);
  if (!status.ok()) return FromGrpc(status);
  return application;
}

}  // namespace locus::ctl
