#include "common/access.h"

#include <catch2/catch.hpp>

#include "tests/support/certificates.h"

using namespace locus;

namespace {

constexpr const char* kBearer = "Bearer 0123456789abcdef";
constexpr const char* kWrong = "Bearer fedcba9876543210";
constexpr const char* kCall = "/locus.v1.LocalityService/GetLocality";

std::shared_ptr<const TokenFile> Tokens(Metrics& metrics) {
  const std::string path = FreshFolder("access") + "/tokens";
  PutFile(path, "0123456789abcdef\n");
  return TokenFile::Open("query", path, metrics).value();
}

bool Refused(const std::string& text) { return !text.empty(); }

}  // namespace

TEST_CASE("access: without certificates and tokens everybody may ask") {
  Metrics metrics;
  const Access access({}, metrics);
  CHECK(access.RefusalOfCall(kCall, {}).empty());
  CHECK(access.RefusalOfPath("/v1/decisions", {}).empty());
  CHECK(access.RefusalOfPath("/filter", {}).empty());
}

TEST_CASE("access: with certificates all but health, metrics and the page asks for one") {
  Metrics metrics;
  AccessOptions options;
  options.certificates = true;
  options.use = "query";
  const Access access(options, metrics);
  CHECK(access.RefusalOfCall(kCall, {true, ""}).empty());
  CHECK(access.RefusalOfCall(kCall, {}) == "show a client certificate");
  CHECK(Refused(access.RefusalOfCall("", {})));
  CHECK(Refused(access.RefusalOfCall(kCall, {false, kBearer})));
  CHECK(access.RefusalOfCall("/grpc.health.v1.Health/Check", {}).empty());
  CHECK(Refused(access.RefusalOfCall("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", {})));
  for (const char* open : {"/healthz", "/readyz", "/metrics", "/", "/web/page.js"}) {
    CHECK(access.RefusalOfPath(open, {}).empty());
  }
  for (const char* closed :
       {"/filter", "/prioritize", "/v1/filter", "/v1/decisions", "/configz", "/web", "/healthz/x"}) {
    CHECK(Refused(access.RefusalOfPath(closed, {})));
    CHECK(access.RefusalOfPath(closed, {true, ""}).empty());
  }
  CHECK(metrics.Render().find("locus_access_refused_total{reason=\"anonymous\",use=\"query\"} 11\n") !=
        std::string::npos);
}

TEST_CASE("access: with tokens alone kube-scheduler, which has none, may still call") {
  Metrics metrics;
  AccessOptions options;
  options.use = "query";
  options.tokens = Tokens(metrics);
  const Access access(options, metrics);
  CHECK(access.RefusalOfPath("/filter", {}).empty());
  CHECK(access.RefusalOfPath("/prioritize", {}).empty());
  CHECK(access.RefusalOfPath("/v1/decisions", {}) == "show a bearer token");
  CHECK(access.RefusalOfPath("/v1/decisions", {false, kBearer}).empty());
  CHECK(access.RefusalOfPath("/v1/decisions", {false, kWrong}) == "this bearer token is not one of ours");
  // A certificate that nobody has asked for proves nothing.
  CHECK(Refused(access.RefusalOfPath("/v1/decisions", {true, ""})));
  CHECK(Refused(access.RefusalOfCall(kCall, {false, "Basic 0123456789abcdef"})));
  CHECK(metrics.Render().find("locus_access_refused_total{reason=\"token\",use=\"query\"} 1\n") != std::string::npos);
}

TEST_CASE("access: with both, either will do; a method with a rule of its own is left to it") {
  Metrics metrics;
  AccessOptions options;
  options.use = "query";
  options.certificates = true;
  options.tokens = Tokens(metrics);
  options.own_rule = {"/locus.v1.WorkerService/Report"};
  const Access access(options, metrics);
  CHECK(access.RefusalOfCall(kCall, {true, ""}).empty());
  CHECK(access.RefusalOfCall(kCall, {false, kBearer}).empty());
  CHECK(access.RefusalOfCall(kCall, {true, kWrong}).empty());
  CHECK(access.RefusalOfCall(kCall, {}) == "show a client certificate or a bearer token");
  CHECK(access.RefusalOfCall("/locus.v1.WorkerService/Report", {}).empty());
  CHECK(Refused(access.RefusalOfCall("/locus.v1.WorkerService/Reports", {})));
}
