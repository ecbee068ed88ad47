// The methods of Alluxio's master that the front tells from the others, as gRPC writes them.
#pragma once

#include <string_view>

namespace locus::meta {

inline constexpr std::string_view kGetStatus = "/alluxio.grpc.file.FileSystemMasterClientService/GetStatus";
inline constexpr std::string_view kListStatus = "/alluxio.grpc.file.FileSystemMasterClientService/ListStatus";
inline constexpr std::string_view kListStatusPartial =
    "/alluxio.grpc.file.FileSystemMasterClientService/ListStatusPartial";
inline constexpr std::string_view kAuthenticate = "/alluxio.grpc.sasl.SaslAuthenticationService/authenticate";
inline constexpr std::string_view kGetServiceVersion =
    "/alluxio.grpc.version.ServiceVersionClientService/getServiceVersion";

}  // namespace locus::meta
