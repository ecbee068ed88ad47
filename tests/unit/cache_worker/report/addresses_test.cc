#include "cache_worker/report/addresses.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::worker;

using Texts = std::vector<std::string>;

TEST_CASE("a list of targets is cut at commas", "[report]") {
  CHECK(TargetsIn("a:1") == Texts{"a:1"});
  CHECK(TargetsIn(" a:1, b:2 ,,c:3,") == Texts{"a:1", "b:2", "c:3"});
  CHECK(TargetsIn("dns:///a:1") == Texts{"dns:///a:1"});
  CHECK(TargetsIn("").empty());
  CHECK(TargetsIn(" , ").empty());
}

TEST_CASE("the addresses of a name are those of one kind", "[report]") {
  CHECK(AddressesOf("127.0.0.7:8910").value() == Texts{"127.0.0.7:8910"});
  CHECK(AddressesOf("[::1]:8910").value() == Texts{"[::1]:8910"});
  // Its line in /etc/hosts may have both kinds.
  CHECK(AddressesOf("localhost:8910").value() == Texts{"127.0.0.1:8910"});
  for (const char* wrong : {"unix:/tmp/x", "a", "a:0", "a:65536", "fd00::1", "dns:///a:80", "[a]:80"}) {
    INFO(wrong);
    CHECK(absl::IsInvalidArgument(AddressesOf(wrong).status()));
  }
}
