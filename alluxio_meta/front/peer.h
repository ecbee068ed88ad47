// What gRPC and Alluxio's clients say of where a call comes from. Pure.
#pragma once

#include <string>
#include <string_view>

namespace locus::meta {

// The IP address, canonical, in gRPC's name of a peer: ipv4:10.0.0.7:40112, ipv6:[fd00::7]:40112, the brackets also
// percent-encoded. Empty for anything else, such as a Unix socket.
std::string PeerAddress(std::string_view peer);

// The host that an Alluxio client has dialled, in lower case, of the text by which it introduces itself in the
// handshake (SaslMessage.channelRef). Of Alluxio's Java clients that is
//
//   GrpcChannelKey{NetworkGroup=RPC, ServerAddress=GrpcServerAddress{HostName=front, SocketAddress=...}, ...}
//
// Empty where there is none.
std::string DialledHost(std::string_view channel_ref);

}  // namespace locus::meta
