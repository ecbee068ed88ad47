#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "kube/http_token_reviewer.h"
#include "kube/token_review_json.h"
#include "tests/unit/kube/fake_api_server.h"

using namespace locus;
using namespace locus::kube;
using Json = nlohmann::json;

namespace {

// As kube-apiserver answers for a token that is projected into a pod.
const char* const kAnswer = R"({"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","metadata":{
  "managedFields":[{"manager":"locus-meta"}]},"spec":{"token":"a.b.c","audiences":["locus-meta"]},"status":{
  "authenticated":true,"user":{"username":"system:serviceaccount:locus:locus-worker","uid":"1f","groups":
  ["system:serviceaccounts","system:authenticated"],"extra":{
  "authentication.kubernetes.io/credential-id":["JTI=7"],"authentication.kubernetes.io/node-name":["node-1"],
  "authentication.kubernetes.io/node-uid":["u"],"authentication.kubernetes.io/pod-name":["locus-worker-x"]}},
  "audiences":["locus-meta"]}})";

}  // namespace

TEST_CASE("a token review asks for one audience and reads user, node and audiences", "[kube]") {
  FakeApiServer server([](const httplib::Request&, httplib::Response& response) { Answer(response, kAnswer, 201); });
  HttpTokenReviewer reviewer(Credentials::FromKubeconfig(server.Kubeconfig("{token: t}")), {});
  const auto subject = reviewer.Review("a.b.c", "locus-meta");
  REQUIRE(subject.ok());
  CHECK(subject->authenticated);
  CHECK(subject->user == "system:serviceaccount:locus:locus-worker");
  CHECK(subject->node == "node-1");
  CHECK(subject->audiences == std::vector<std::string>{"locus-meta"});
  const Seen seen = server.seen().at(0);
  CHECK(seen.method == "POST");
  CHECK(seen.path == "/apis/authentication.k8s.io/v1/tokenreviews");
  CHECK(Json::parse(seen.body) == Json::parse(R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview",
    "spec":{"token":"a.b.c","audiences":["locus-meta"]}})"));
}

TEST_CASE("a token that is no good is an answer, not an error", "[kube]") {
  const auto subject = ParseTokenReview(R"({"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","spec":{},
    "status":{"user":{},"error":"[invalid bearer token, service account token has expired]"}})");
  REQUIRE(subject.ok());
  CHECK_FALSE(subject->authenticated);
  CHECK(subject->problem == "[invalid bearer token, service account token has expired]");
  CHECK(subject->node.empty());
}

TEST_CASE("what is no token review is refused", "[kube]") {
  for (const char* text : {"", "[]", "{}", R"({"kind":"TokenReview"})", R"({"kind":"Status","status":{"error":""}})",
                           R"({"kind":"TokenReview","status":{"authenticated":"yes"}})"}) {
    CHECK(absl::IsInvalidArgument(ParseTokenReview(text).status()));
  }
}

TEST_CASE("a token review without the right to it names the verb that is needed", "[kube]") {
  FakeApiServer server([](const httplib::Request&, httplib::Response& response) {
    Answer(response, StatusJson(403, "tokenreviews is forbidden"), 403);
  });
  HttpTokenReviewer reviewer(Credentials::FromKubeconfig(server.Kubeconfig("{token: t}")), {});
  const auto subject = reviewer.Review("a.b.c", "locus-meta");
  CHECK(absl::IsPermissionDenied(subject.status()));
  CHECK(MessageOf(subject.status()).find("`create` on `tokenreviews`") != std::string::npos);
}
