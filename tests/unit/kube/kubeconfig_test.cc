#include "kube/kubeconfig.h"

#include <catch2/catch.hpp>

#include "common/status.h"

using namespace locus;
using namespace locus::kube;

namespace {

// As kubeadm writes it: two clusters, two users, one current context.
constexpr const char* kTwoClusters = R"(
apiVersion: v1
kind: Config
preferences: {}
current-context: admin@prod
clusters:
- name: test
  cluster: {server: "https://test:6443"}
- name: prod
  cluster:
    certificate-authority-data: LS0tQ0EtLS0K
    server: https://10.0.0.10:6443/
contexts:
- name: x@test
  context: {cluster: test, user: x}
- name: admin@prod
  context: {cluster: prod, user: admin, namespace: spark}
users:
- name: x
  user: {token: wrong}
- name: admin
  user:
    client-certificate-data: LS0tQ0VSVC0tLQo=
    client-key-data: LS0tS0VZLS0tCg==
)";

std::string One(const std::string& cluster, const std::string& user) {
  return "current-context: c\nclusters: [{name: k, cluster: {" + cluster + "}}]\nusers: [{name: u, user: {" + user +
         "}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n";
}

const std::string kServer = "server: 'https://h:1'";

std::string Problem(const std::string& yaml) {
  const auto spec = ParseKubeconfig(yaml, "/etc/locus");
  if (spec.ok()) return "none";
  CHECK(spec.status().code() == absl::StatusCode::kInvalidArgument);
  return MessageOf(spec.status());
}

}  // namespace

TEST_CASE("the current context says which cluster and user", "[kube]") {
  const AccessSpec spec = ParseKubeconfig(kTwoClusters, "/etc/locus").value();
  CHECK(spec.server == "https://10.0.0.10:6443");
  CHECK(spec.authority.text == "---CA---\n");
  CHECK(spec.certificate.text == "---CERT---\n");
  CHECK(spec.key.text == "---KEY---\n");
  CHECK(spec.token.empty());
  CHECK_FALSE(spec.insecure);
}

TEST_CASE("files are relative to the kubeconfig, and data goes before them", "[kube]") {
  const AccessSpec files = ParseKubeconfig(One(kServer + ", certificate-authority: ca.crt",
                                               "tokenFile: t/token, client-certificate: /abs/c.crt, client-key: k.pem"),
                                           "/etc/locus")
                               .value();
  CHECK(files.authority.file == "/etc/locus/ca.crt");
  CHECK(files.token.file == "/etc/locus/t/token");
  CHECK(files.certificate.file == "/abs/c.crt");
  CHECK(files.key.file == "/etc/locus/k.pem");
  const AccessSpec both =
      ParseKubeconfig(One(kServer + ", certificate-authority: ca.crt, certificate-authority-data: WA==", ""), "/")
          .value();
  CHECK(both.authority.text == "X");
  CHECK(both.authority.file.empty());
}

TEST_CASE("a token file goes before the token beside it", "[kube]") {
  CHECK(ParseKubeconfig(One(kServer, "token: abc"), "/")->token.text == "abc");
  const AccessSpec both = ParseKubeconfig(One(kServer, "token: abc, tokenFile: /t"), "/").value();
  CHECK(both.token.file == "/t");
  CHECK(both.token.text.empty());
}

TEST_CASE("proxy, unchecked certificates and a server without user are taken", "[kube]") {
  const AccessSpec spec =
      ParseKubeconfig(
          One("server: 'http://127.0.0.1:8001', insecure-skip-tls-verify: true, proxy-url: 'http://p:3128'", ""), "/")
          .value();
  CHECK(spec.insecure);
  CHECK(spec.proxy == "http://p:3128");
  CHECK_FALSE(ParseKubeconfig(One(kServer + ", insecure-skip-tls-verify: false", ""), "/")->insecure);
  CHECK(ParseKubeconfig("current-context: c\nclusters: [{name: k, cluster: {server: 'http://h:1'}}]\n"
                        "contexts: [{name: c, context: {cluster: k}}]\n",
                        "/")
            ->server == "http://h:1");
}

TEST_CASE("what cannot be used is named, with what to write instead", "[kube]") {
  CHECK(Problem("") == "is no kubeconfig");
  CHECK(Problem("[1, 2").find("is no kubeconfig: ") == 0);
  CHECK(Problem("clusters: []") == "current-context is not set: run `kubectl config use-context NAME` on it");
  CHECK(Problem("current-context: c") == "contexts has no entry with name 'c' and a context");
  CHECK(Problem("current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]") ==
        "clusters has no entry with name 'k' and a cluster");
  CHECK(Problem("current-context: c\ncontexts: [7, {name: c}, {name: c, context: [k]}]") ==
        "contexts has no entry with name 'c' and a context");
  CHECK(Problem(One("server: ''", "")) == "cluster 'k': server is '': write https://HOST:PORT");
  CHECK(Problem(One("server: 'ftp://h'", "")) == "cluster 'k': server is 'ftp://h': write https://HOST:PORT");
  CHECK(Problem(One(kServer + ", certificate-authority-data: '%%%'", "")) ==
        "cluster 'k': certificate-authority-data is no base64");
  CHECK(Problem(One(kServer + ", tls-server-name: x", "")).find("cluster 'k': tls-server-name is not supported") == 0);
  CHECK(Problem(One(kServer, "client-certificate: c")) ==
        "user 'u': client-certificate and client-key belong together: one of them is missing");
  for (const char* field : {"exec: {command: aws}", "auth-provider: {name: gcp}", "username: a", "password: b"}) {
    CAPTURE(field);
    CHECK(Problem(One(kServer, field)).find(" is not supported: give a service account's token") != std::string::npos);
  }
}
