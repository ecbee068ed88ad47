#include "alluxio_meta/nodes/host_name.h"

#include <catch2/catch.hpp>

using namespace locus::meta;

TEST_CASE("an address has one form, however it is written", "[nodes]") {
  CHECK(CanonicalIp("10.0.0.1") == "10.0.0.1");
  CHECK(CanonicalIp("FD00:0:0::1") == "fd00::1");
  CHECK(CanonicalIp("fd00:0000:0000:0000:0000:0000:0000:0001") == "fd00::1");
  CHECK(CanonicalIp("[fd00::1]") == "fd00::1");
  CHECK(CanonicalIp("fe80::1%eth0") == "fe80::1");
  CHECK(CanonicalIp("[fe80::1%25eth0]") == "fe80::1");
  CHECK(CanonicalIp("::ffff:10.0.0.1") == "10.0.0.1");
  CHECK(CanonicalIp("::ffff:a00:1") == "10.0.0.1");
}

TEST_CASE("what only looks like an address is none", "[nodes]") {
  for (const char* text :
       {"", "[]", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1:80", "node-1", "10.0.0.1%eth0", "::g", "[10.0.0.1"}) {
    CAPTURE(text);
    CHECK_FALSE(CanonicalIp(text).has_value());
  }
  CHECK_FALSE(CanonicalIp(std::string(100'000, ':')).has_value());
  CHECK_FALSE(CanonicalIp(std::string("10.0.0.1\0x", 10)) == "10.0.0.1");
}

TEST_CASE("names are compared in lower case and without a trailing dot", "[nodes]") {
  CHECK(HostKey("Node-1.Example.ORG.") == "node-1.example.org");
  CHECK(HostKey("node-1") == "node-1");
  CHECK(HostKey("[FD00::1]") == "fd00::1");
  CHECK(HostKey("10.0.0.1.") == "10.0.0.1");
  CHECK(HostKey("").empty());
  CHECK(HostKey(".").empty());
}

TEST_CASE("the first label of a reverse-DNS pod name holds its address", "[nodes]") {
  CHECK(DashedIp("10-244-1-7.web.default.svc.cluster.local") == "10.244.1.7");
  CHECK(DashedIp("10-244-1-7") == "10.244.1.7");
  CHECK(DashedIp("fd00-244--1-7.default.pod.cluster.local") == "fd00:244::1:7");
  CHECK_FALSE(DashedIp("ip-10-0-0-1.ec2.internal").has_value());
  CHECK_FALSE(DashedIp("alluxio-worker-0.workers").has_value());
  CHECK_FALSE(DashedIp("10-244-1.web").has_value());
  CHECK_FALSE(DashedIp("").has_value());
}
