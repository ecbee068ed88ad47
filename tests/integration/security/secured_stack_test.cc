// The programs themselves, with certificates and tokens everywhere, as docs/security.md sets them up.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <memory>

#include "tests/integration/security/program.h"
#include "tests/support/certificates.h"
#include "tests/unit/common/eventually.h"

using namespace locus;

namespace {

constexpr const char* kToken = "0123456789abcdef";

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

CertificateWishes Named(const std::string& names) {
  CertificateWishes wishes;
  wishes.names = names;
  return wishes;
}

// One authority, a certificate for each part, and locus-meta.
struct Stack {
  Stack() : folder(FreshFolder("stack")) {
    PutFile(folder + "/ca.crt", authority.certificate());
    PutFile(folder + "/tokens", std::string(kToken) + "\n");
    Certify("meta", "DNS:locus-meta,IP:127.0.0.1");
    Certify("scheduler", "DNS:kube-scheduler");
    Certify("extender", "DNS:locus-extender,IP:127.0.0.1");
    Certify("worker-1", "DNS:locus-worker,DNS:node-1.node.locus,IP:127.0.0.1");
    PutFile(folder + "/meta.yaml", "listen: {port: 0, port_file: " + folder + "/meta-port, " + ServerTls("meta") +
                                       "}\nadmin: {port: 0, port_file: " + folder + "/meta-admin, " +
                                       ServerTls("meta") + "}\naccess: {token_file: " + folder +
                                       "/tokens}\nworkers: {identity: {proof: certificate}}\n");
    meta = Start("alluxio_meta/locus-meta", "meta.yaml");
    meta_port = PortOf("meta-port");
  }

  void Certify(const std::string& name, const std::string& names, bool ended = false) {
    CertificateWishes wishes = Named(names);
    if (ended) wishes.begins = -std::chrono::hours(48);
    if (ended) wishes.ends = -std::chrono::hours(24);
    const CertificateAndKey pair = authority.Issue(wishes);
    PutFile(folder + "/" + name + ".crt", pair.certificate);
    PutFile(folder + "/" + name + ".key", pair.key);
  }
  std::string ServerTls(const std::string& name) const {
    return "tls: {cert_file: " + folder + "/" + name + ".crt, key_file: " + folder + "/" + name +
           ".key, client_ca_file: " + folder + "/ca.crt}";
  }
  std::string ClientTls(const std::string& name, const std::string& server_name) const {
    return "tls: {enabled: true, ca_file: " + folder + "/ca.crt, cert_file: " + folder + "/" + name +
           ".crt, key_file: " + folder + "/" + name + ".key, server_name: " + server_name + "}";
  }

  std::unique_ptr<Program> Start(const std::string& program, const std::string& config) const {
    return std::make_unique<Program>(program, std::vector<std::string>{"--config", folder + "/" + config}, folder);
  }
  int PortOf(const std::string& file) const {
    REQUIRE(Eventually([&] { return !ReadWhole(folder + "/" + file).empty(); }));
    return std::stoi(ReadWhole(folder + "/" + file));
  }
  // A worker of mode store that says it is on `node` and shows the certificate of node-1.
  std::unique_ptr<Program> Worker(const std::string& node) const {
    std::filesystem::create_directories(folder + "/origin");
    const std::string name = "worker-" + node;
    PutFile(folder + "/" + name + ".yaml",
            "node: " + node + "\nlisten: {port: 0, port_file: " + folder + "/" + name + "-port, " +
                ServerTls("worker-1") + "}\nadmin: {port: 0}\norigin: {folder: " + folder +
                "/origin}\nstore: {keep_free: 0B, tiers: [{tier: SSD, path: " + folder + "/" + name +
                "-tier, quota: 1MiB}]}\nreport: {target: \"127.0.0.1:" + std::to_string(meta_port) + "\", " +
                ClientTls("worker-1", "locus-meta") + "}\n");
    return Start("cache_worker/locus-worker", name + ".yaml");
  }
  std::unique_ptr<httplib::SSLClient> Client(int port, const std::string& name) const {
    auto client = name.empty() ? std::make_unique<httplib::SSLClient>("127.0.0.1", port)
                               : std::make_unique<httplib::SSLClient>("127.0.0.1", port, folder + "/" + name + ".crt",
                                                                      folder + "/" + name + ".key");
    client->set_ca_cert_path((folder + "/ca.crt").c_str());
    client->enable_server_certificate_verification(true);
    return client;
  }
  std::string MetricsOf(int port) const {
    const auto answer = Client(port, "")->Get("/metrics");
    return answer ? answer->body : "";
  }

  std::string folder;
  TestAuthority authority;
  std::unique_ptr<Program> meta;
  int meta_port = 0;
};

}  // namespace

TEST_CASE("a worker reports for the node that its certificate names, and for no other", "[security]") {
  const Stack stack;
  const int admin = stack.PortOf("meta-admin");
  const auto liar = stack.Worker("node-2");
  CHECK(Eventually([&] {
    return Has(stack.MetricsOf(admin), "locus_meta_report_identity_refused_total{reason=\"other_node\"} ") &&
           !Has(stack.MetricsOf(admin), "locus_meta_report_identity_refused_total{reason=\"other_node\"} 0\n");
  }));
  CHECK(Has(stack.meta->output(), "its certificate has no DNS name 'node-2.node.locus'"));
  CHECK(Has(stack.MetricsOf(admin), "locus_meta_workers{state=\"live\"} 0\n"));
  const auto honest = stack.Worker("node-1");
  CHECK(Eventually([&] { return Has(stack.MetricsOf(admin), "locus_meta_workers{state=\"live\"} 1\n"); }));
  CHECK(stack.meta->Stop() == 0);
}

TEST_CASE("a worker whose certificate has ended is heard once it is renewed, without a restart", "[security]") {
  Stack stack;
  const int admin = stack.PortOf("meta-admin");
  constexpr const char* kNames = "DNS:locus-worker,DNS:node-1.node.locus,IP:127.0.0.1";
  stack.Certify("worker-1", kNames, /*ended=*/true);
  const auto worker = stack.Worker("node-1");
  CHECK(Eventually([&] { return Has(worker->output(), "a certificate has ended"); }));
  CHECK(Has(stack.MetricsOf(admin), "locus_meta_workers{state=\"live\"} 0\n"));
  stack.Certify("worker-1", kNames);
  CHECK(Eventually([&] { return Has(stack.MetricsOf(admin), "locus_meta_workers{state=\"live\"} 1\n"); }));
}

TEST_CASE("the extender serves kube-scheduler by certificate, and reaches locus-meta by its own", "[security]") {
  const Stack stack;
  PutFile(stack.folder + "/extender.yaml",
          "listen: {port: 0, port_file: " + stack.folder + "/extender-port, " + stack.ServerTls("extender") +
              "}\naccess: {token_file: " + stack.folder + "/tokens}\nmetadata: {target: \"127.0.0.1:" +
              std::to_string(stack.meta_port) + "\", " + stack.ClientTls("extender", "locus-meta") + "}\n");
  const auto extender = stack.Start("extender/locus-extender", "extender.yaml");
  const int port = stack.PortOf("extender-port");
  const std::string pod = R"({"Pod":{"metadata":{"name":"p","namespace":"d"}},"Nodes":null,"NodeNames":["a","b"]})";

  const auto scheduler = stack.Client(port, "scheduler");
  const auto filtered = scheduler->Post("/filter", pod, "application/json");
  REQUIRE(filtered);
  CHECK(filtered->status == 200);
  CHECK(Has(filtered->body, R"(["a","b"])"));

  const auto stranger = stack.Client(port, "");
  const auto refused = stranger->Post("/filter", pod, "application/json");
  REQUIRE(refused);
  CHECK(refused->status == 401);
  CHECK(refused->body == "show a client certificate or a bearer token\n");
  const auto anonymous = stranger->Get("/v1/decisions");
  REQUIRE(anonymous);
  CHECK(anonymous->status == 401);
  const auto reader = stranger->Get("/v1/decisions", {{"Authorization", std::string("Bearer ") + kToken}});
  REQUIRE(reader);
  CHECK(reader->status == 200);
  CHECK(Eventually([&] {
    const auto ready = stranger->Get("/readyz");
    return ready && ready->status == 200 && Has(ready->body, "metadata: connected");
  }));
}

TEST_CASE("what is wrong with certificates is told at the start, with field and file", "[security]") {
  const std::string folder = FreshFolder("wrong");
  PutFile(folder + "/meta.yaml", "listen: {port: 0, tls: {cert_file: /nonexistent/tls.crt, key_file: /x}}\n");
  Program absent("alluxio_meta/locus-meta", {"--config", folder + "/meta.yaml"}, folder);
  CHECK(absent.ExitCode() == 1);
  CHECK(Has(absent.output(), "TLS of listen: cannot open /nonexistent/tls.crt"));

  PutFile(folder + "/worker.yaml",
          "node: n\nlisten: {tls: {cert_file: /x}}\norigin: {folder: /tmp}\naccess: {token_file: /t}\n"
          "store: {tiers: [{tier: SSD, path: /nonexistent/tier, quota: 1MiB}]}\nreport: {tls: {ca_file: /c}}\n"
          "data_http: {listen: {tls: {cert_file: /x, key_file: /x}}}\n");
  Program worker("cache_worker/locus-worker", {"--config", folder + "/worker.yaml", "--check"}, folder);
  CHECK(worker.ExitCode() == 2);
  for (const char* part : {"listen.tls.key_file: is required with cert_file", "report.tls.enabled: is false",
                           "data_http.listen.tls: this port speaks plaintext alone"}) {
    CHECK(Has(worker.output(), part));
  }

  PutFile(folder + "/extender.yaml", "access: {token_file: /t}\nlisten: {tls: {client_ca_file: /c}}\n");
  Program extender("extender/locus-extender", {"--config", folder + "/extender.yaml", "--check"}, folder);
  CHECK(extender.ExitCode() == 2);
  CHECK(Has(extender.output(), "access.token_file: needs listen.tls.cert_file"));
  CHECK(Has(extender.output(), "listen.tls.client_ca_file: has no effect"));

  PutFile(folder + "/identity.yaml", "workers: {identity: {proof: either}}\n");
  Program meta("alluxio_meta/locus-meta", {"--config", folder + "/identity.yaml", "--check"}, folder);
  CHECK(meta.ExitCode() == 2);
  for (const char* part : {"needs listen.tls.client_ca_file", "needs listen.tls.cert_file", "needs nodes.kubernetes"}) {
    CHECK(Has(meta.output(), part));
  }
}
