#include "alluxio_meta/front/channel_hosts.h"

#include <catch2/catch.hpp>

using namespace locus::meta;

TEST_CASE("a channel's host is known while its session lasts", "[front]") {
  ChannelHosts hosts;
  CHECK(hosts.Of("a") == "");
  const uint64_t number = hosts.Put("a", "front");
  CHECK(hosts.Of("a") == "front");
  hosts.Remove("a", number);
  CHECK(hosts.Of("a") == "");
}

TEST_CASE("the end of an old session leaves the new one with the same id", "[front]") {
  ChannelHosts hosts;
  const uint64_t old = hosts.Put("a", "front");
  const uint64_t present = hosts.Put("a", "other");
  hosts.Remove("a", old);
  CHECK(hosts.Of("a") == "other");
  hosts.Remove("a", present);
  CHECK(hosts.Of("a") == "");
}
