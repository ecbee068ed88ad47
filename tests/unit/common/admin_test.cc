#include "common/admin.h"

#include <catch2/catch.hpp>

#include "tests/unit/common/raw_connection.h"

using namespace locus;

TEST_CASE("the operator's paths answer", "[http]") {
  HttpServer server({});
  Metrics metrics;
  std::string reason = "no news from locus-meta yet";
  AddAdminRoutes(server, metrics, R"({"a":1})", [&] { return reason; });
  REQUIRE(server.Start().ok());
  metrics.GetCounter("locus_test_total", "T.").Increment();
  RawConnection connection(server.port());
  const auto get = [&](const std::string& path) { return Ask(connection, "GET " + path + " HTTP/1.1\r\n\r\n"); };

  CHECK(get("/healthz").status == 200);
  const RawAnswer waiting = get("/readyz");
  CHECK(waiting.status == 503);
  CHECK(waiting.body == "no news from locus-meta yet\n");
  reason.clear();
  CHECK(get("/readyz").status == 200);
  const RawAnswer text = get("/metrics");
  CHECK(text.headers.at("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(text.body.find("locus_test_total 1\n") != std::string::npos);
  const RawAnswer config = get("/configz");
  CHECK(config.headers.at("content-type") == "application/json");
  CHECK(config.body == R"({"a":1})");
  CHECK(Ask(connection, "POST /healthz HTTP/1.1\r\n\r\n").status == 405);
}

TEST_CASE("a remark stands below the readiness and does not decide it", "[http]") {
  HttpServer server({});
  Metrics metrics;
  std::string reason;
  std::string remark = "front: looks for a leader";
  AddAdminRoutes(
      server, metrics, "{}", [&] { return reason; }, [&] { return remark; });
  REQUIRE(server.Start().ok());
  RawConnection connection(server.port());
  const auto get = [&] { return Ask(connection, "GET /readyz HTTP/1.1\r\n\r\n"); };
  CHECK(get().status == 200);
  CHECK(get().body == "ok\nfront: looks for a leader\n");
  reason = "no news yet";
  CHECK(get().status == 503);
  CHECK(get().body == "no news yet\nfront: looks for a leader\n");
  remark.clear();
  CHECK(get().body == "no news yet\n");
}
