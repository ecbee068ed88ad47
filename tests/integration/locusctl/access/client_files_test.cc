// What locusctl reads from its files opens the doors of secured servers.
#include "locusctl/access/client_files.h"

#include <catch2/catch.hpp>
#include <memory>

#include "common/access.h"
#include "common/http_server.h"
#include "common/status.h"
#include "common/tls_files.h"
#include "locusctl/servers/http_decision_source.h"
#include "tests/support/certificates.h"

using namespace locus;
using namespace locus::ctl;
using namespace std::chrono_literals;

namespace {

constexpr const char* kToken = "0123456789abcdef";

// An extender's door that a certificate or a token opens.
struct Secured {
  Secured() : folder(FreshFolder("ctl")) {
    Put("server", authority.Issue());
    Put("own", authority.Issue());
    PutFile(folder + "/ca.crt", authority.certificate());
    PutFile(folder + "/token", std::string("# of mine\n") + kToken + "\n");
    AccessOptions access;
    access.use = "listen";
    access.certificates = true;
    access.tokens = TokenFile::Open("listen", folder + "/token", metrics).value();
    HttpServerOptions options;
    options.tls =
        TlsFiles::Open("listen", {folder + "/server.crt", folder + "/server.key", folder + "/ca.crt"}, clock, metrics)
            .value();
    options.guard = GuardOf(std::make_shared<const Access>(access, metrics));
    server = std::make_unique<HttpServer>(options);
    server->Route("GET", "/v1/decisions", [](const HttpRequest&) { return HttpResponse{200, "text/plain", "{}"}; });
    REQUIRE(server->Start().ok());
  }
  void Put(const std::string& name, const CertificateAndKey& pair) const {
    PutFile(folder + "/" + name + ".crt", pair.certificate);
    PutFile(folder + "/" + name + ".key", pair.key);
  }
  absl::StatusOr<HttpAnswer> Get(const HttpSecurity& security) const {
    const std::string url = "https://127.0.0.1:" + std::to_string(server->port());
    return HttpDecisionSource(url, ParseHttpUrl(url).value(), 10s, security).Get("/v1/decisions");
  }

  const std::string folder;
  TestAuthority authority;
  Metrics metrics;
  const SystemClock clock;
  std::unique_ptr<HttpServer> server;
};

}  // namespace

TEST_CASE("the extender by https: a certificate or a token opens it", "[locusctl]") {
  const Secured secured;
  HttpSecurity security;
  security.ca_file = secured.folder + "/ca.crt";
  CHECK(secured.Get(security)->status == 401);
  security.token = kToken;
  CHECK(secured.Get(security)->status == 200);
  security.token.clear();
  security.cert_file = secured.folder + "/own.crt";
  security.key_file = secured.folder + "/own.key";
  CHECK(secured.Get(security)->status == 200);
}

TEST_CASE("the extender by https: a server that is not trusted is named so, with what to do", "[locusctl]") {
  const Secured secured;
  const TestAuthority others;
  PutFile(secured.folder + "/others.crt", others.certificate());
  HttpSecurity security;
  security.ca_file = secured.folder + "/others.crt";
  security.token = kToken;
  const auto answer = secured.Get(security);
  REQUIRE_FALSE(answer.ok());
  CHECK(MessageOf(answer.status()).find("--ca") != std::string::npos);
}

TEST_CASE("URLs with https have port 443 unless they say otherwise", "[locusctl]") {
  CHECK(ParseHttpUrl("https://host")->port == 443);
  CHECK(ParseHttpUrl("https://host")->tls);
  CHECK(ParseHttpUrl("https://[fd00::1]:8900/x")->host == "fd00::1");
  CHECK_FALSE(ParseHttpUrl("http://host")->tls);
  CHECK(ParseHttpUrl("http://host")->port == 80);
  for (const char* url : {"https://", "https:/host", "https://:1", "https://h:0"}) CHECK_FALSE(ParseHttpUrl(url).ok());
}

TEST_CASE("client files: none is plaintext, one is TLS, and a mistake is named", "[locusctl]") {
  const Secured secured;
  const auto none = ReadClientFiles({});
  REQUIRE(none.ok());
  CHECK(none->channel.credentials == nullptr);
  ClientFiles files;
  files.ca = secured.folder + "/ca.crt";
  files.token_file = secured.folder + "/token";
  files.server_name = "locus-meta";
  const auto some = ReadClientFiles(files);
  REQUIRE(some.ok());
  CHECK(some->channel.credentials != nullptr);
  CHECK(some->channel.server_name == "locus-meta");
  CHECK(some->token == kToken);
  files.certificate = secured.folder + "/own.crt";
  CHECK(MessageOf(ReadClientFiles(files).status()) == "--cert and --key: give both or none");
  files.key = secured.folder + "/server.key";
  CHECK(MessageOf(ReadClientFiles(files).status()).find("is not the key of") != std::string::npos);
  files.certificate.clear();
  files.key.clear();
  files.token_file = secured.folder + "/ca.crt";
  CHECK(MessageOf(ReadClientFiles(files).status()).find("/ca.crt: line 1") != std::string::npos);
}
