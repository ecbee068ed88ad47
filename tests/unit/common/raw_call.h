// gRPC calls by the method's name, as raw bytes: Debian's packages have no stubs of health and reflection.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace locus {

// One request and one answer, within ten seconds. Appends to `answer`.
grpc::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel, const char* method, const std::string& request,
                     std::string* answer);

}  // namespace locus
