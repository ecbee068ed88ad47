// HTTPS as clients see it: OpenSSL on both sides, over loopback.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <memory>

#include "common/access.h"
#include "common/http_server.h"
#include "common/status.h"
#include "common/tls_files.h"
#include "tests/support/certificates.h"
#include "tests/unit/common/eventually.h"
#include "tests/unit/common/raw_connection.h"

using namespace locus;
using namespace std::chrono_literals;

namespace {

CertificateWishes Expired() {
  CertificateWishes wishes;
  wishes.begins = -48h;
  wishes.ends = -24h;
  return wishes;
}

// A server with certificates below `folder`, whose clients are of `clients`.
struct Secured {
  explicit Secured(bool ask = true, const CertificateWishes& own = {}) : folder(FreshFolder("https")) {
    Renew(own);
    PutFile(folder + "/ca.crt", servers->certificate());
    PutFile(folder + "/clients.crt", clients.certificate());
    files = TlsFiles::Open("listen", {folder + "/tls.crt", folder + "/tls.key", ask ? folder + "/clients.crt" : ""},
                           clock, metrics)
                .value();
    AccessOptions access;
    access.use = "listen";
    access.certificates = ask;
    HttpServerOptions options;
    options.threads = 4;
    options.io_timeout = 2s;
    options.tls = files;
    options.guard = GuardOf(std::make_shared<const Access>(access, metrics));
    server = std::make_unique<HttpServer>(options, &metrics);
    server->Route("GET", "/healthz", [](const HttpRequest&) { return HttpResponse{200, "text/plain", "ok\n"}; });
    server->Route("POST", "/filter", [](const HttpRequest& r) {
      return HttpResponse{200, "text/plain", std::string(r.body)};
    });
    REQUIRE(server->Start().ok());
  }

  // A new certificate of `servers` on the disk.
  void Renew(const CertificateWishes& wishes = {}) {
    const CertificateAndKey pair = servers->Issue(wishes);
    PutFile(folder + "/tls.crt", pair.certificate);
    PutFile(folder + "/tls.key", pair.key);
  }

  // A client that trusts `authority` and shows `pair`, if any.
  std::unique_ptr<httplib::SSLClient> Client(const std::string& authority, const CertificateAndKey* pair = nullptr) {
    const std::string own = FreshFolder("client");
    PutFile(own + "/ca.crt", authority);
    if (pair != nullptr) {
      PutFile(own + "/tls.crt", pair->certificate);
      PutFile(own + "/tls.key", pair->key);
    }
    auto client = pair == nullptr ? std::make_unique<httplib::SSLClient>("127.0.0.1", server->port())
                                  : std::make_unique<httplib::SSLClient>("127.0.0.1", server->port(), own + "/tls.crt",
                                                                         own + "/tls.key");
    client->set_ca_cert_path((own + "/ca.crt").c_str());
    client->enable_server_certificate_verification(true);
    client->set_keep_alive(true);
    return client;
  }

  int Filter(httplib::SSLClient& client) {
    const auto result = client.Post("/filter", "pods", "application/json");
    if (!result) return 0;
    CHECK((result->status != 200 || result->body == "pods"));
    return result->status;
  }

  double Count(const std::string& series) const {
    const std::string text = metrics.Render();
    const size_t at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }

  Metrics metrics;
  const SystemClock clock;
  std::string folder;
  std::unique_ptr<TestAuthority> servers = std::make_unique<TestAuthority>("servers");
  TestAuthority clients{"clients"};
  std::shared_ptr<TlsFiles> files;
  std::unique_ptr<HttpServer> server;
};

}  // namespace

TEST_CASE("https: a client with a certificate of the authority is served, many times on one connection") {
  Secured secured;
  const CertificateAndKey scheduler = secured.clients.Issue();
  const auto client = secured.Client(secured.servers->certificate(), &scheduler);
  for (int i = 0; i < 20; ++i) REQUIRE(secured.Filter(*client) == 200);
}

TEST_CASE("https: a large body goes in and comes out whole") {
  Secured secured(false);
  const auto client = secured.Client(secured.servers->certificate());
  std::string body(5 << 20, 'x');
  for (size_t i = 0; i < body.size(); i += 4093) body[i] = static_cast<char>('a' + i % 23);
  const auto result = client->Post("/filter", body, "application/json");
  REQUIRE(result);
  CHECK(result->status == 200);
  CHECK(result->body == body);
}

TEST_CASE("https: without a certificate health alone is open, and a refusal says what to do") {
  Secured secured;
  const auto client = secured.Client(secured.servers->certificate());
  CHECK(secured.Filter(*client) == 401);
  const auto refused = client->Post("/filter", "pods", "application/json");
  REQUIRE(refused);
  CHECK(refused->body == "show a client certificate\n");
  CHECK(refused->get_header_value("WWW-Authenticate") == "Bearer realm=\"locus\"");
  const auto health = client->Get("/healthz");
  REQUIRE(health);
  CHECK(health->status == 200);
  CHECK(secured.Count("locus_access_refused_total{reason=\"anonymous\",use=\"listen\"}") == 2);
}

TEST_CASE("https: a certificate of another authority, or one that has ended, is refused and counted") {
  Secured secured;
  TestAuthority others("others");
  const CertificateAndKey foreign = others.Issue();
  const CertificateAndKey ended = secured.clients.Issue(Expired());
  for (const CertificateAndKey* pair : {&foreign, &ended}) {
    const auto client = secured.Client(secured.servers->certificate(), pair);
    CHECK(secured.Filter(*client) == 0);
  }
  CHECK(Eventually([&] { return secured.Count("locus_tls_handshake_failures_total{use=\"listen\"}") == 2; }));
}

TEST_CASE("https: a client does not talk to a server whose certificate it cannot trust") {
  Secured secured;
  TestAuthority others("others");
  const CertificateAndKey scheduler = secured.clients.Issue();
  CHECK(secured.Filter(*secured.Client(others.certificate(), &scheduler)) == 0);

  Secured ended(false, Expired());
  CHECK(ended.Filter(*ended.Client(ended.servers->certificate())) == 0);
  CertificateWishes elsewhere;
  elsewhere.names = "DNS:elsewhere.example,IP:127.0.0.2";
  Secured other_name(false, elsewhere);
  CHECK(other_name.Filter(*other_name.Client(other_name.servers->certificate())) == 0);
}

TEST_CASE("https: a certificate that is renewed on the disk is used by the next connection and drops none") {
  Secured secured;
  const CertificateAndKey scheduler = secured.clients.Issue();
  const std::string first = secured.servers->certificate();
  const auto standing = secured.Client(first, &scheduler);
  REQUIRE(secured.Filter(*standing) == 200);

  secured.servers = std::make_unique<TestAuthority>("servers, renewed");
  secured.Renew();
  secured.files->Look();
  CHECK(secured.Filter(*secured.Client(secured.servers->certificate(), &scheduler)) == 200);
  CHECK(secured.Filter(*secured.Client(first, &scheduler)) == 0);
  // It could not come back: it trusts the first authority only.
  CHECK(secured.Filter(*standing) == 200);
}

TEST_CASE("https: after an ended certificate is renewed, connections succeed without a restart") {
  Secured secured(false, Expired());
  CHECK(secured.Filter(*secured.Client(secured.servers->certificate())) == 0);
  secured.Renew();
  secured.files->Look();
  CHECK(secured.Filter(*secured.Client(secured.servers->certificate())) == 200);
}

TEST_CASE("https: an authority of clients that is replaced no longer opens the door to new connections") {
  Secured secured;
  const CertificateAndKey earlier = secured.clients.Issue();
  TestAuthority later("clients, later");
  PutFile(secured.folder + "/clients.crt", later.certificate());
  secured.files->Look();
  CHECK(secured.Filter(*secured.Client(secured.servers->certificate(), &earlier)) == 0);
  const CertificateAndKey now = later.Issue();
  CHECK(secured.Filter(*secured.Client(secured.servers->certificate(), &now)) == 200);
}

TEST_CASE("https: a connection that is closed before a word is no failure") {
  Secured secured(false);
  for (int i = 0; i < 3; ++i) CHECK(RawConnection(secured.server->port()).connected());
  CHECK(secured.Filter(*secured.Client(secured.servers->certificate())) == 200);
  CHECK(secured.Count("locus_tls_handshake_failures_total{use=\"listen\"}") == 0);
}

TEST_CASE("https: what is no TLS is closed, and one that stays silent after connecting holds nobody up") {
  Secured secured(false);
  RawConnection plain(secured.server->port());
  CHECK(plain.Send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(plain.Receive().status == 0);

  // More than there are threads. Half of a handshake, then silence.
  std::vector<std::unique_ptr<RawConnection>> silent;
  for (int i = 0; i < 8; ++i) {
    silent.push_back(std::make_unique<RawConnection>(secured.server->port()));
    silent.back()->Send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  }
  const auto client = secured.Client(secured.servers->certificate());
  client->set_read_timeout(30s);
  client->set_connection_timeout(30s);
  CHECK(secured.Filter(*client) == 200);
}
