// What a front without a master does not do, and how it says so. Pure but for the type of a status.
#pragma once

#include <grpcpp/support/status.h>

#include <string_view>

namespace locus::meta {

// Whether the method, as gRPC writes it, is one of Alluxio's master that changes files, folders, mounts or settings.
bool ChangesSomething(std::string_view method);

// Both name the method. Alluxio's clients show them at once, without asking again.
grpc::Status ReadOnly(std::string_view method);
grpc::Status NotAnswered(std::string_view method);

}  // namespace locus::meta
