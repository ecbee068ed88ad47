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

TEST_CASE("a host is told from its port, also where it has colons itself", "[report]") {
  CHECK(SplitTarget("locus-meta.locus.svc:8910")->host == "locus-meta.locus.svc");
  CHECK(SplitTarget("locus-meta.locus.svc:8910")->port == "8910");
  CHECK(SplitTarget("[fd00::1]:80")->host == "fd00::1");
  CHECK(SplitTarget("[fd00::1]:80")->port == "80");
  for (const char* wrong : {"a", "a:", ":80", "a:b", "a:123456", "fd00::1", "dns:///a:80", "[]:80", "[a:80", "a]:80"}) {
    INFO(wrong);
    CHECK(absl::IsInvalidArgument(SplitTarget(wrong).status()));
    CHECK(MessageOf(SplitTarget(wrong).status()) == "'" + std::string(wrong) + "' is no host:port");
  }
}

TEST_CASE("the addresses of a name are those of one kind", "[report]") {
  CHECK(AddressesOf("127.0.0.7:8910").value() == Texts{"127.0.0.7:8910"});
  CHECK(AddressesOf("[::1]:8910").value() == Texts{"[::1]:8910"});
  // Its line in /etc/hosts may have both kinds.
  CHECK(AddressesOf("localhost:8910").value() == Texts{"127.0.0.1:8910"});
  CHECK(absl::IsInvalidArgument(AddressesOf("unix:/tmp/x").status()));
}
