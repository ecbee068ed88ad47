#include "common/endpoint.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;

TEST_CASE("names, addresses and bracketed IPv6 are read and written back", "[endpoint]") {
  CHECK(ParseEndpoint("alluxio-master-0:19998").value() == Endpoint{"alluxio-master-0", 19998});
  CHECK(ParseEndpoint("10.0.0.1:1").value() == Endpoint{"10.0.0.1", 1});
  CHECK(ParseEndpoint("[::1]:65535").value() == Endpoint{"::1", 65535});
  for (const char* text : {"a.b.svc.cluster.local:19998", "[fd00::a1]:20001", "127.0.0.10:19998"}) {
    CHECK(ParseEndpoint(text).value().Text() == text);
  }
}

TEST_CASE("what is no host:port is refused with an example", "[endpoint]") {
  for (const char* text : {"",        "host",    "host:",         ":19998",    "host:0", "host:65536",  "host:-1",
                           "host:1x", "host:+1", "::1",           "::1:19998", "[::1]",  "[::1]19998",  "[host]:1",
                           "[]:1",    "a b:1",   "alluxio://h:1", "h:1:2",     "h/x:1",  "[::1%eth0]:1"}) {
    const absl::Status status = ParseEndpoint(text).status();
    INFO(text);
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK(MessageOf(status).find("for example server-0:8910 or [fd00::1]:8910") != std::string::npos);
  }
  CHECK_FALSE(ParseEndpoint(std::string(254, 'a') + ":1").ok());
  CHECK(ParseEndpoint(std::string(253, 'a') + ":1").ok());
}

TEST_CASE("a list keeps its order, and all its problems are told at once", "[endpoint]") {
  CHECK(ParseEndpoints({"b:1", "a:1"}).value() == std::vector<Endpoint>{{"b", 1}, {"a", 1}});
  CHECK_FALSE(ParseEndpoints({}).ok());
  const std::string text = MessageOf(ParseEndpoints({"a:1", "b", "a:1", "c:x"}).status());
  CHECK(text.find("[1]: 'b'") != std::string::npos);
  CHECK(text.find("\n[2]: 'a:1' stands twice") != std::string::npos);
  CHECK(text.find("\n[3]: 'c:x'") != std::string::npos);
}
