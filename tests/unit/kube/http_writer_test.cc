#include "kube/http_writer.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "kube/retry_after.h"
#include "tests/unit/kube/fake_api_server.h"

using namespace locus;
using namespace locus::kube;
using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// One server with one answer, and a writer to it.
struct Scene {
  explicit Scene(int status, std::string body, const char* retry_after = nullptr)
      : server([=](const httplib::Request&, httplib::Response& response) {
          if (retry_after != nullptr) response.set_header("Retry-After", retry_after);
          Answer(response, body, status);
        }),
        writer(Credentials::FromKubeconfig(server.Kubeconfig("{token: t}")), {}) {}
  Seen Last() { return server.seen().back(); }

  FakeApiServer server;
  HttpWriter writer;
};

// 2026-01-31T09:05:00Z.
constexpr WallTime kTime{seconds(1769850300)};

PodEvent SomeEvent() {
  return {"spark",          "app-1-exec-7",
          "8f0c",           "Normal",
          "LocalityPlaced", "Placing",
          "on node a",      "locus.dev/extender",
          "extender-0",     kTime + std::chrono::microseconds(250)};
}

// As kube-apiserver 1.36 answers.
const char* const kLease = R"({"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"gate",
  "namespace":"locus","uid":"5b2e","resourceVersion":"211","creationTimestamp":"2026-01-31T09:00:00Z",
  "managedFields":[{"manager":"locus","fieldsV1":{"f:spec":{"f:holderIdentity":{}}}}]},
  "spec":{"holderIdentity":"a_1","leaseDurationSeconds":10,"acquireTime":"2026-01-31T09:05:00.000000Z",
  "renewTime":"2026-01-31T09:05:00.000250Z","leaseTransitions":3}})";

}  // namespace

TEST_CASE("a pod is patched by a strategic merge", "[kube]") {
  Scene scene(200, "{}");
  const std::string patch = R"({"metadata":{"annotations":{"locus.dev/wake":"1"}}})";
  REQUIRE(scene.writer.PatchPod("spark", "app-1", patch).ok());
  const Seen seen = scene.Last();
  CHECK(seen.method == "PATCH");
  CHECK(seen.path == "/api/v1/namespaces/spark/pods/app-1");
  CHECK(seen.content_type == "application/strategic-merge-patch+json");
  CHECK(seen.body == patch);
  CHECK(seen.authorization == "Bearer t");
}

TEST_CASE("a name cannot lead to another path", "[kube]") {
  Scene scene(200, "{}");
  REQUIRE(scene.writer.PatchPod("a/b", "../c?d", "{}").ok());
  CHECK(scene.Last().path == "/api/v1/namespaces/a/b/pods/../c?d");
  CHECK(scene.Last().query.empty());
  CHECK(scene.writer.PatchPod("a", "", "{}").code() == absl::StatusCode::kInvalidArgument);
  CHECK(scene.writer.PatchPod("", "a", "{}").code() == absl::StatusCode::kInvalidArgument);
  CHECK(scene.server.seen().size() == 1);
}

TEST_CASE("an event is about its pod and in the words of events.k8s.io", "[kube]") {
  Scene scene(201, "{}");
  REQUIRE(scene.writer.CreateEvent(SomeEvent()).ok());
  const Seen seen = scene.Last();
  CHECK(seen.method == "POST");
  CHECK(seen.path == "/apis/events.k8s.io/v1/namespaces/spark/events");
  CHECK(seen.content_type == "application/json");
  CHECK(Json::parse(seen.body) == Json::parse(R"({
    "apiVersion": "events.k8s.io/v1", "kind": "Event",
    "metadata": {"namespace": "spark", "generateName": "app-1-exec-7-"},
    "eventTime": "2026-01-31T09:05:00.000250Z",
    "reportingController": "locus.dev/extender", "reportingInstance": "extender-0",
    "action": "Placing", "reason": "LocalityPlaced", "type": "Normal", "note": "on node a",
    "regarding": {"apiVersion": "v1", "kind": "Pod", "namespace": "spark", "name": "app-1-exec-7", "uid": "8f0c"}})"));
}

TEST_CASE("a note is cut between two characters", "[kube]") {
  Scene scene(201, "{}");
  const auto note = [&](std::string text) {
    PodEvent event = SomeEvent();
    event.note = std::move(text);
    REQUIRE(scene.writer.CreateEvent(event).ok());
    return Json::parse(scene.Last().body)["note"].get<std::string>();
  };
  CHECK(note(std::string(1024, 'x')) == std::string(1024, 'x'));
  CHECK(note(std::string(1025, 'x')) == std::string(1024, 'x'));
  // Two bytes: the second would be the 1025th.
  CHECK(note(std::string(1023, 'x') + "\u00e9") == std::string(1023, 'x'));
  CHECK(note(std::string(1022, 'x') + "\u00e9y") == std::string(1022, 'x') + "\u00e9");
  CHECK(note("a\xff"
             "b\xc3") == "a?b?");
}

TEST_CASE("an event's name starts like its pod's and is one that the server takes", "[kube]") {
  Scene scene(201, "{}");
  const auto start = [&](std::string pod) {
    PodEvent event = SomeEvent();
    event.pod = std::move(pod);
    REQUIRE(scene.writer.CreateEvent(event).ok());
    return Json::parse(scene.Last().body)["metadata"]["generateName"].get<std::string>();
  };
  CHECK(start(std::string(253, 'a')) == std::string(57, 'a') + "-");
  CHECK(start(std::string(56, 'a') + ".b") == std::string(56, 'a') + "-");
}

TEST_CASE("a lease is read with its times and version", "[kube]") {
  Scene scene(200, kLease);
  const auto lease = scene.writer.GetLease("locus", "gate");
  REQUIRE(lease.ok());
  CHECK(scene.Last().method == "GET");
  CHECK(scene.Last().path == "/apis/coordination.k8s.io/v1/namespaces/locus/leases/gate");
  CHECK(lease->holder == "a_1");
  CHECK(lease->duration == seconds(10));
  CHECK(lease->acquired == kTime);
  CHECK(lease->renewed == kTime + std::chrono::microseconds(250));
  CHECK(lease->transitions == 3);
  CHECK(lease->resource_version == "211");
}

TEST_CASE("a lease that somebody has left is empty", "[kube]") {
  Scene scene(200, R"({"kind":"Lease","metadata":{"resourceVersion":"5"},"spec":{"holderIdentity":null,
    "leaseDurationSeconds":-4,"renewTime":null,"leaseTransitions":99999999999}})");
  const auto lease = scene.writer.GetLease("locus", "gate");
  REQUIRE(lease.ok());
  CHECK(lease->holder.empty());
  CHECK(lease->duration == Duration(0));
  CHECK(lease->renewed == WallTime());
  CHECK(lease->transitions == 2147483647);
}

TEST_CASE("a lease is created, and then replaced in the version that was read", "[kube]") {
  Scene scene(200, kLease);
  Lease lease{"a_1", milliseconds(9'001), kTime, kTime, 2, ""};
  CHECK(scene.writer.PutLease("locus", "gate", lease)->resource_version == "211");
  CHECK(scene.Last().method == "POST");
  CHECK(scene.Last().path == "/apis/coordination.k8s.io/v1/namespaces/locus/leases");
  Json expected = Json::parse(R"({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
    "metadata": {"namespace": "locus", "name": "gate"},
    "spec": {"holderIdentity": "a_1", "leaseDurationSeconds": 10, "leaseTransitions": 2,
             "acquireTime": "2026-01-31T09:05:00.000000Z", "renewTime": "2026-01-31T09:05:00.000000Z"}})");
  CHECK(Json::parse(scene.Last().body) == expected);

  lease.resource_version = "210";
  lease.duration = milliseconds(1);
  lease.acquired = WallTime();
  CHECK(scene.writer.PutLease("locus", "gate", lease).ok());
  CHECK(scene.Last().method == "PUT");
  CHECK(scene.Last().path == "/apis/coordination.k8s.io/v1/namespaces/locus/leases/gate");
  expected["metadata"]["resourceVersion"] = "210";
  expected["spec"]["leaseDurationSeconds"] = 1;
  expected["spec"].erase("acquireTime");
  CHECK(Json::parse(scene.Last().body) == expected);
}

TEST_CASE("what is no lease is refused", "[kube]") {
  for (const char* body : {"", "{}", R"({"kind":"Pod","metadata":{"resourceVersion":"1"}})", R"({"kind":"Lease"})",
                           R"({"kind":"Lease","metadata":{"resourceVersion":"1"},"spec":{"renewTime":"soon"}})"}) {
    CAPTURE(body);
    CHECK(Scene(200, body).writer.GetLease("a", "b").status().code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("refusals of a change have the code that tells what to do", "[kube]") {
  const auto refused = [](int status) {
    return Scene(status, StatusJson(status, "because")).writer.PatchPod("a", "b", "{}");
  };
  CHECK(refused(409).code() == absl::StatusCode::kAborted);
  // As kube-apiserver 1.36 answers a patch with the uid of another pod.
  const absl::Status other =
      Scene(422, R"({"kind":"Status","message":"m","reason":"Invalid","details":{"name":"b","kind":"Pod","causes":[
        {"reason":"FieldValueInvalid","message":"field is immutable","field":"metadata.uid"}]},"code":422})")
          .writer.PatchPod("a", "b", "{}");
  CHECK(other.code() == absl::StatusCode::kAborted);
  CHECK(refused(404).code() == absl::StatusCode::kNotFound);
  for (const int status : {400, 405, 413, 415, 422}) {
    CHECK(refused(status).code() == absl::StatusCode::kInvalidArgument);
  }
  CHECK(refused(401).code() == absl::StatusCode::kUnauthenticated);
  const absl::Status forbidden = refused(403);
  CHECK(forbidden.code() == absl::StatusCode::kPermissionDenied);
  CHECK(Has(MessageOf(forbidden), "answered 403 (because): bind a ClusterRole with `patch` on `pods` to this user"));
  for (const int status : {302, 500, 503, 504}) CHECK(refused(status).code() == absl::StatusCode::kUnavailable);
  Scene busy(429, StatusJson(429, "busy"), "2");
  CHECK(RetryAfterOf(busy.writer.CreateEvent(SomeEvent())) == seconds(2));
  // It is not asked twice.
  CHECK(busy.server.seen().size() == 1);
}

TEST_CASE("Stop ends all later changes", "[kube]") {
  Scene scene(200, "{}");
  scene.writer.Stop();
  CHECK(scene.writer.PatchPod("a", "b", "{}").code() == absl::StatusCode::kCancelled);
  CHECK(scene.server.seen().empty());
}
