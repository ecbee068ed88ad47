#include "kube/credentials.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "common/status.h"
#include "tests/unit/kube/fake_api_server.h"

using namespace locus;
using namespace locus::kube;

namespace {

std::string FreshFolder(const std::string& name) {
  const std::string folder = TestFolder() + "/" + name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

std::string Problem(Credentials credentials) {
  const auto access = credentials.Current();
  if (access.ok()) return "none";
  CHECK(access.status().code() == absl::StatusCode::kFailedPrecondition);
  return MessageOf(access.status());
}

}  // namespace

TEST_CASE("in a cluster the service account's files are the credentials", "[kube]") {
  const std::string folder = FreshFolder("account");
  WriteFile(folder + "/ca.crt", "CA");
  WriteFile(folder + "/token", "first\n");
  Credentials credentials = Credentials::InCluster("10.96.0.1", "443", folder);
  const Access access = credentials.Current().value();
  CHECK(access.server == "https://10.96.0.1:443");
  CHECK(access.authority_pem == "CA");
  CHECK(access.token == "first");
  CHECK(Credentials::InCluster("fd00::1", "443", folder).Current()->server == "https://[fd00::1]:443");
}

TEST_CASE("a token that has changed is read again", "[kube]") {
  const std::string folder = FreshFolder("rotation");
  WriteFile(folder + "/ca.crt", "CA");
  WriteFile(folder + "/token", "first");
  Credentials credentials = Credentials::InCluster("h", "443", folder);
  CHECK(credentials.Current()->token == "first");
  WriteFile(folder + "/token", "other");
  CHECK(credentials.Current()->token == "other");

  SECTION("and one that cannot be read now is taken as it was") {
    std::filesystem::remove(folder + "/token");
    CHECK(credentials.Current()->token == "other");
    WriteFile(folder + "/token", "");
    CHECK(credentials.Current()->token == "other");
    WriteFile(folder + "/token", "third");
    CHECK(credentials.Current()->token == "third");
  }
}

TEST_CASE("a kubeconfig that has changed is read again", "[kube]") {
  const std::string path = FreshFolder("kubeconfig") + "/config";
  const auto write = [&](const std::string& token) {
    WriteFile(path,
              "current-context: c\nclusters: [{name: k, cluster: {server: 'https://h:1'}}]\nusers: [{name: u, user: "
              "{token: " +
                  token + "}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n");
  };
  write("first");
  Credentials credentials = Credentials::FromKubeconfig(path);
  CHECK(credentials.Current()->token == "first");
  write("second");
  CHECK(credentials.Current()->token == "second");
}

TEST_CASE("credentials that are missing or of no use are named", "[kube]") {
  const std::string folder = FreshFolder("broken");
  CHECK(Problem(Credentials::FromKubeconfig(folder + "/none")) ==
        "cannot read " + folder + "/none: No such file or directory");
  CHECK(Problem(Credentials::FromKubeconfig(folder)) == "cannot read " + folder + ": it is no file");
  WriteFile(folder + "/config", "x: y");
  CHECK(Problem(Credentials::FromKubeconfig(folder + "/config")).find(folder + "/config: current-context is not set") ==
        0);
  CHECK(Problem(Credentials::InCluster("", "443", folder)).find("KUBERNETES_SERVICE_HOST") == 0);
  CHECK(Problem(Credentials::InCluster("h", "443", folder)) ==
        "cannot read " + folder + "/ca.crt: No such file or directory");
  WriteFile(folder + "/ca.crt", "CA");
  WriteFile(folder + "/token", "a\r\nX-Evil: 1");
  CHECK(Problem(Credentials::InCluster("h", "443", folder)) ==
        "the token for https://h:443 in " + folder + "/token has blanks or control characters: it is no bearer token");
  WriteFile(folder + "/token", std::string((1 << 20) + 1, 'x'));
  CHECK(Problem(Credentials::InCluster("h", "443", folder)) ==
        "cannot read " + folder + "/token: it has more than 1 MiB");
}
