// Whom libcurl trusts, and what it says when it does not.
#include <catch2/catch.hpp>

#include "tests/integration/cache_worker/http_under_test.h"
#include "tests/unit/kube/fake_api_server.h"

using namespace locus;
using namespace locus::worker;

namespace {

absl::StatusOr<HttpResponse> Ask(const std::string& url, const std::string& ca_file) {
  TestClient client;
  const auto http = client.Make(url, 1, ca_file);
  HttpBody none;
  return http->Perform([&]() -> absl::StatusOr<HttpRequest> { return HttpRequest{true, url + "/f", {}}; }, none);
}

}  // namespace

TEST_CASE("a server is trusted by its certificate alone", "[origin]") {
  kube::FakeApiServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_header("ETag", "\"v1\"");
    response.set_content("12345", "text/plain");
  });
  const std::string trusted = kube::MakePair("server").certificate;
  const auto response = Ask(server.url(), trusted);
  INFO(MessageOf(response.status()));
  REQUIRE(response.ok());
  CHECK(response->status == 200);
  CHECK(response->Header("etag") == "\"v1\"");
  const absl::Status stranger = Ask(server.url(), kube::MakePair("stranger").certificate).status();
  CHECK(absl::IsUnavailable(stranger));
  CHECK(Has(stranger, "not trusted"));
  CHECK(Has(Ask(server.url(), "").status(), "not trusted"));
  const absl::Status absent = Ask(server.url(), kube::TestFolder() + "/none.pem").status();
  CHECK(absl::IsUnavailable(absent));
  CHECK(Has(absent, "none.pem"));
}
