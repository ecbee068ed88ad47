#include <catch2/catch.hpp>

#include "common/status.h"
#include "kube/object_json.h"

using namespace locus;
using namespace locus::kube;

namespace {

using Kind = WatchFrame<Pod>::Kind;

}  // namespace

TEST_CASE("an event is its type, its object and the version that it leads to", "[kube]") {
  // Cut from what kube-apiserver 1.36 streams.
  const auto added = ParsePodFrame(R"({"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1",
    "metadata":{"name":"p","namespace":"ns","uid":"u","resourceVersion":"301"},"spec":{"nodeName":"n"}}})");
  REQUIRE(added.ok());
  CHECK(added->kind == Kind::kPresent);
  CHECK(added->version == "301");
  CHECK(added->object.name == "p");
  CHECK(added->object.node == "n");
  // The order of members is no promise of JSON.
  const auto modified = ParseNodeFrame(
      R"({"object":{"spec":{"unschedulable":true},"metadata":{"resourceVersion":"302","name":"n"}},"type":"MODIFIED"})");
  REQUIRE(modified.ok());
  CHECK(modified->kind == WatchFrame<Node>::Kind::kPresent);
  CHECK(modified->version == "302");
  CHECK(modified->object.cordoned);
  const auto deleted =
      ParsePodFrame(R"({"type":"DELETED","object":{"metadata":{"name":"p","resourceVersion":"303"}}})");
  REQUIRE(deleted.ok());
  CHECK(deleted->kind == Kind::kDeleted);
  CHECK(deleted->object.name == "p");
}

TEST_CASE("a bookmark is a version", "[kube]") {
  // The example of https://kubernetes.io/docs/reference/using-api/api-concepts/#watch-bookmarks.
  const auto frame = ParsePodFrame(R"({"type": "BOOKMARK",
    "object": {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": "12746"} }})");
  REQUIRE(frame.ok());
  CHECK(frame->kind == Kind::kBookmark);
  CHECK(frame->version == "12746");
}

TEST_CASE("an error in a stream is a refusal", "[kube]") {
  const auto gone = ParseNodeFrame(R"json({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},
    "status":"Failure","message":"too old resource version: 1 (215)","reason":"Expired","code":410}})json");
  REQUIRE(gone.ok());
  CHECK(gone->kind == WatchFrame<Node>::Kind::kError);
  CHECK(gone->refusal.code == 410);
  CHECK(gone->refusal.message == "too old resource version: 1 (215)");
  CHECK(ParseNodeFrame(R"({"type":"ERROR","object":{}})")->refusal.code == 0);
  CHECK(ParseNodeFrame(R"({"type":"ERROR","object":{"code":-1}})")->refusal.code == 0);
  CHECK(ParseNodeFrame(R"({"type":"ERROR","object":{"code":99999999999}})")->refusal.code == 0);
}

TEST_CASE("what is no event is refused", "[kube]") {
  for (const char* json :
       {"", "{", "null", "[]", "7", "{}", R"({"type":"ADDED"})", R"({"type":"ADDED","object":7})",
        R"({"object":{"metadata":{"resourceVersion":"1"}}})", R"({"type":7,"object":{}})",
        R"({"type":"ADDED","object":{}})", R"({"type":"ADDED","object":{"metadata":{"resourceVersion":1}}})",
        R"({"type":"CHANGED","object":{"metadata":{"resourceVersion":"1"}}})", R"({"type":"BOOKMARK","object":{}})",
        R"({"type":"ADDED","object":{"metadata":{"resourceVersion":"1")"}) {
    CAPTURE(json);
    const auto frame = ParsePodFrame(json);
    REQUIRE_FALSE(frame.ok());
    CHECK(frame.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(MessageOf(frame.status()).find("what answers is no event of a watch of Kubernetes: ") == 0);
  }
}
