#include "alluxio_meta/front/peer.h"

#include <catch2/catch.hpp>

using namespace locus::meta;

TEST_CASE("gRPC's names of peers give addresses", "[front]") {
  CHECK(PeerAddress("ipv4:10.0.0.7:40112") == "10.0.0.7");
  CHECK(PeerAddress("ipv6:[fd00::7]:40112") == "fd00::7");
  CHECK(PeerAddress("ipv6:%5Bfd00::7%5D:40112") == "fd00::7");
  // A server that listens on IPv6 as well sees IPv4 like this.
  CHECK(PeerAddress("ipv6:[::ffff:10.0.0.7]:40112") == "10.0.0.7");
  CHECK(PeerAddress("ipv6:%5B::ffff:10.0.0.7%5D:40112") == "10.0.0.7");
  CHECK(PeerAddress("ipv6:%5Bfe80::1%25eth0%5D:1") == "fe80::1");
}

TEST_CASE("what is no address of a peer gives none", "[front]") {
  for (const char* peer : {"", "unix:/run/socket", "ipv4:", "ipv4:nonsense:1", "10.0.0.7:1", "inproc", "ipv6:[::1"}) {
    INFO(peer);
    CHECK(PeerAddress(peer) == "");
  }
}

TEST_CASE("the host that a Java client has dialled stands in its channel's name", "[front]") {
  // As alluxio.grpc.GrpcChannelKey of 2.9.6 writes itself.
  CHECK(DialledHost("GrpcChannelKey{NetworkGroup=RPC, ServerAddress=GrpcServerAddress{HostName=Jobs-A.front.svc, "
                    "SocketAddress=jobs-a.front.svc/10.1.2.3:19998}, GroupIndex=0, "
                    "ChannelId=7d9f2b6e-58d5-4f0e-9b0a-0c6d4f2a5a10}") == "jobs-a.front.svc");
  CHECK(DialledHost("GrpcServerAddress{HostName=10.1.2.3}") == "10.1.2.3");
  for (const char* other : {"", "locus-meta", "HostName=x", "{HostName=x", "{HostName="}) {
    INFO(other);
    CHECK(DialledHost(other) == "");
  }
  CHECK(DialledHost("{HostName=" + std::string(300, 'x') + ",") == "");
}
