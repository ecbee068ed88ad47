// gRPC under TLS as configured: servers and channels made by Security, over loopback.
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <memory>

#include "common/grpc_server.h"
#include "common/security.h"
#include "common/status.h"
#include "common/tls_grpc.h"
#include "proto/locus/v1/cache.grpc.pb.h"
#include "tests/support/certificates.h"
#include "tests/unit/common/eventually.h"
#include "tests/unit/common/raw_call.h"

using namespace locus;
using namespace std::chrono_literals;

namespace {

constexpr const char* kToken = "0123456789abcdef";

class FakeCache final : public v1::CacheService::Service {
 public:
  grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest*, v1::StatusResponse*) override {
    return grpc::Status::OK;
  }
  // A line for each look of the test, until it has seen enough.
  grpc::Status Load(grpc::ServerContext* context, const v1::LoadRequest*,
                    grpc::ServerWriter<v1::LoadProgress>* writer) override {
    while (!context->IsCancelled() && writer->Write(v1::LoadProgress())) std::this_thread::sleep_for(5ms);
    return grpc::Status::CANCELLED;
  }
};

// What a client is configured with.
struct ClientWishes {
  const TestAuthority* trusts = nullptr;
  const CertificateAndKey* shows = nullptr;
  std::string token;
  std::string server_name;
};

struct Secured {
  explicit Secured(bool ask_certificates, bool take_tokens, const CertificateWishes& own = {})
      : folder(FreshFolder("grpc")) {
    Renew(own);
    listen.mutable_tls()->set_cert_file(folder + "/tls.crt");
    listen.mutable_tls()->set_key_file(folder + "/tls.key");
    PutFile(folder + "/clients.crt", clients.certificate());
    if (ask_certificates) listen.mutable_tls()->set_client_ca_file(folder + "/clients.crt");
    config::v1::Access access;
    PutFile(folder + "/tokens", std::string(kToken) + "\n");
    if (take_tokens) access.set_token_file(folder + "/tokens");
    GrpcServerOptions options;
    options.drain = 0s;
    REQUIRE(security.SecureGrpc("listen", listen, access, {}, &options).ok());
    server = std::make_unique<GrpcServer>(options);
    REQUIRE(server->Start({&service}).ok());
    server->SetServing(true);
  }

  void Renew(const CertificateWishes& wishes = {}) {
    const CertificateAndKey pair = servers->Issue(wishes);
    PutFile(folder + "/tls.crt", pair.certificate);
    PutFile(folder + "/tls.key", pair.key);
  }

  std::shared_ptr<grpc::Channel> Channel(const ClientWishes& wishes) {
    const std::string own = FreshFolder("client");
    config::v1::ClientTls tls;
    tls.set_enabled(true);
    PutFile(own + "/ca.crt", (wishes.trusts != nullptr ? *wishes.trusts : *servers).certificate());
    tls.set_ca_file(own + "/ca.crt");
    if (wishes.shows != nullptr) {
      PutFile(own + "/tls.crt", wishes.shows->certificate);
      PutFile(own + "/tls.key", wishes.shows->key);
      tls.set_cert_file(own + "/tls.crt");
      tls.set_key_file(own + "/tls.key");
    }
    if (!wishes.token.empty()) {
      PutFile(own + "/token", wishes.token);
      tls.set_token_file(own + "/token");
    }
    tls.set_server_name(wishes.server_name);
    const auto channel = security.ForChannel("client", tls);
    REQUIRE(channel.ok());
    return MakeChannel("127.0.0.1:" + std::to_string(server->port()), *channel);
  }

  // One call; each has to end within ten seconds.
  static grpc::Status Ask(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 10s);
    v1::StatusResponse response;
    return v1::CacheService::NewStub(channel)->Status(&context, {}, &response);
  }
  grpc::StatusCode Code(const ClientWishes& wishes) { return Ask(Channel(wishes)).error_code(); }

  Metrics metrics;
  const SystemClock clock;
  Security security{clock, metrics};
  const std::string folder;
  std::unique_ptr<TestAuthority> servers = std::make_unique<TestAuthority>("servers");
  TestAuthority clients{"clients"};
  config::v1::Listen listen;
  FakeCache service;
  std::unique_ptr<GrpcServer> server;
};

CertificateWishes Expired() {
  CertificateWishes wishes;
  wishes.begins = -48h;
  wishes.ends = -24h;
  return wishes;
}

}  // namespace

TEST_CASE("grpc: a client with a certificate is served; one without is told what to show") {
  Secured secured(true, false);
  const CertificateAndKey own = secured.clients.Issue();
  ClientWishes wishes;
  wishes.shows = &own;
  CHECK(secured.Code(wishes) == grpc::StatusCode::OK);
  const grpc::Status refused = Secured::Ask(secured.Channel({}));
  CHECK(refused.error_code() == grpc::StatusCode::UNAUTHENTICATED);
  CHECK(refused.error_message() == "show a client certificate");
  CHECK(secured.metrics.Render().find("locus_access_refused_total{reason=\"anonymous\",use=\"listen\"} 1\n") !=
        std::string::npos);
}

TEST_CASE("grpc: certificates of another authority, and those that have ended, open nothing") {
  Secured secured(true, false);
  TestAuthority others("others");
  const CertificateAndKey foreign = others.Issue();
  const CertificateAndKey ended = secured.clients.Issue(Expired());
  for (const CertificateAndKey* pair : {&foreign, &ended}) {
    ClientWishes wishes;
    wishes.shows = pair;
    CHECK(secured.Code(wishes) == grpc::StatusCode::UNAVAILABLE);
  }
  const std::string metrics = secured.metrics.Render();
  CHECK(metrics.find("\nlocus_grpc_handshake_failures_total ") != std::string::npos);
  CHECK(metrics.find("\nlocus_grpc_handshake_failures_total 0\n") == std::string::npos);
}

TEST_CASE("grpc: a client does not talk to a server whose certificate it cannot trust") {
  Secured secured(false, false);
  CHECK(secured.Code({}) == grpc::StatusCode::OK);
  TestAuthority others("others");
  ClientWishes wishes;
  wishes.trusts = &others;
  CHECK(secured.Code(wishes) == grpc::StatusCode::UNAVAILABLE);
  wishes.trusts = nullptr;
  wishes.server_name = "elsewhere.example";
  CHECK(secured.Code(wishes) == grpc::StatusCode::UNAVAILABLE);
  Secured ended(false, false, Expired());
  CHECK(ended.Code({}) == grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE("grpc: a server of many addresses is known by one configured name") {
  CertificateWishes named;
  named.names = "DNS:locus-worker";
  Secured secured(false, false, named);
  CHECK(secured.Code({}) == grpc::StatusCode::UNAVAILABLE);
  ClientWishes wishes;
  wishes.server_name = "locus-worker";
  CHECK(secured.Code(wishes) == grpc::StatusCode::OK);
}

TEST_CASE("grpc: a token opens the door, a wrong one does not, and health is open to all") {
  Secured secured(false, true);
  ClientWishes wishes;
  wishes.token = kToken;
  CHECK(secured.Code(wishes) == grpc::StatusCode::OK);
  wishes.token = "fedcba9876543210";
  const grpc::Status refused = Secured::Ask(secured.Channel(wishes));
  CHECK(refused.error_code() == grpc::StatusCode::UNAUTHENTICATED);
  CHECK(refused.error_message() == "this bearer token is not one of ours");
  CHECK(secured.Code({}) == grpc::StatusCode::UNAUTHENTICATED);
  std::string answer;
  CHECK(CallRaw(secured.Channel({}), "/grpc.health.v1.Health/Check", "", &answer).ok());
  // HealthCheckResponse.status, field 1: SERVING.
  CHECK(answer == "\x08\x01");
  CHECK(CallRaw(secured.Channel({}), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                std::string("\x3a\x00", 2), &answer)
            .error_code() == grpc::StatusCode::UNAUTHENTICATED);
}

TEST_CASE("grpc: credentials that follow nothing open the same doors") {
  Secured secured(true, true);
  const CertificateAndKey own = secured.clients.Issue();
  const std::string target = "localhost:" + std::to_string(secured.server->port());
  const auto ask = [&target](const TlsMaterial& material, const std::string& token) {
    return Secured::Ask(MakeChannel(target, {FixedChannelCredentials(material, token), "localhost"})).error_code();
  };
  TlsMaterial material;
  material.authorities = secured.servers->certificate();
  CHECK(ask(material, "") == grpc::StatusCode::UNAUTHENTICATED);
  CHECK(ask(material, kToken) == grpc::StatusCode::OK);
  material.certificate = own.certificate;
  material.key = own.key;
  CHECK(ask(material, "") == grpc::StatusCode::OK);
  material.authorities = secured.clients.certificate();
  CHECK(ask(material, "") == grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE("grpc: a plaintext client gets nothing from a TLS server") {
  Secured secured(false, false);
  CHECK(Secured::Ask(MakeChannel("127.0.0.1:" + std::to_string(secured.server->port()))).error_code() ==
        grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE("grpc: a certificate renewed on the disk is used by new connections, while a stream of the old one goes on") {
  Secured secured(false, false);
  const auto standing = secured.Channel({});
  const auto stub = v1::CacheService::NewStub(standing);
  grpc::ClientContext context;
  const auto stream = stub->Load(&context, {});
  v1::LoadProgress progress;
  REQUIRE(stream->Read(&progress));

  secured.servers = std::make_unique<TestAuthority>("servers, renewed");
  secured.Renew();
  // New clients trust the new authority alone: they succeed once the server shows its certificate.
  CHECK(Eventually([&] { return secured.Code({}) == grpc::StatusCode::OK; }));
  for (int i = 0; i < 10; ++i) REQUIRE(stream->Read(&progress));
  CHECK(Secured::Ask(standing).error_code() == grpc::StatusCode::OK);
  context.TryCancel();
}

TEST_CASE("grpc: broken files on the disk do not hinder new connections") {
  Secured secured(false, false);
  PutFile(secured.folder + "/tls.crt", "no certificate");
  CHECK(Eventually([&] {
    return secured.metrics.Render().find("locus_tls_reload_failures_total{use=\"listen\"} 1\n") != std::string::npos;
  }));
  for (int i = 0; i < 3; ++i) CHECK(secured.Code({}) == grpc::StatusCode::OK);
}

TEST_CASE("grpc: a client's certificate that is renewed is shown by its next connection") {
  Secured secured(true, false);
  const std::string own = FreshFolder("renewed");
  const auto put = [&](const CertificateAndKey& pair) {
    PutFile(own + "/tls.crt", pair.certificate);
    PutFile(own + "/tls.key", pair.key);
  };
  put(secured.clients.Issue(Expired()));
  PutFile(own + "/ca.crt", secured.servers->certificate());
  config::v1::ClientTls tls;
  tls.set_enabled(true);
  tls.set_ca_file(own + "/ca.crt");
  tls.set_cert_file(own + "/tls.crt");
  tls.set_key_file(own + "/tls.key");
  const auto security = secured.security.ForChannel("client", tls);
  REQUIRE(security.ok());
  // One channel all the time: it connects again by itself.
  const auto channel = MakeChannel("127.0.0.1:" + std::to_string(secured.server->port()), *security);
  CHECK(Secured::Ask(channel).error_code() == grpc::StatusCode::UNAVAILABLE);
  put(secured.clients.Issue());
  CHECK(Eventually([&] { return Secured::Ask(channel).ok(); }));
}
