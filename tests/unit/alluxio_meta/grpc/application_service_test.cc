#include "alluxio_meta/grpc/application_service.h"

#include <catch2/catch.hpp>

#include "common/testing/fake_clock.h"
#include "tests/unit/alluxio_meta/silent_link.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

kube::Pod Executor(const std::string& space, const std::string& application, uint64_t number,
                   const std::string& address) {
  kube::Pod pod;
  pod.space = space;
  pod.name = "report-exec-" + std::to_string(number);
  pod.labels = {{"spark-app-selector", application},
                {"spark-app-name", "report"},
                {"spark-role", "executor"},
                {"spark-exec-id", std::to_string(number)}};
  pod.node = "node-a";
  pod.ips = {address};
  pod.host_ip = "192.168.0.1";
  pod.annotations = {{"locus.dev/inputs", "alluxio:///t"}};
  pod.spark_driver_host = "172.16.0.9";
  pod.alluxio_user_hostname = "192.168.0.1";
  return pod;
}

struct Fixture {
  Fixture() {
    applications.Begin();
    applications.End();
    applications.Heard();
    Put(Executor("jobs", "spark-1", 1, "10.1.0.1"));
    Put(Executor("jobs", "spark-1", 2, "10.1.0.2"));
  }
  void Put(const kube::Pod& pod) { applications.Event({true, pod}); }
  grpc::Status Describe(const std::string& space, const std::string& id, const std::string& pod = "") {
    v1::DescribeApplicationRequest request;
    request.set_namespace_(space);
    if (!id.empty()) request.set_application(id);
    if (!pod.empty()) request.set_pod(pod);
    answer.Clear();
    return service.DescribeApplication(nullptr, &request, &answer);
  }

  FakeClock clock;
  Catalog catalog{CatalogOptions{}, MountTable(), clock};
  TrafficTable traffic;
  WatchedApplications applications{100, clock};
  CallerBook callers{clock};
  ApplicationService service{&applications, &callers, catalog, traffic};
  v1::Application answer;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an application is found by its id, and by a pod of it", "[meta]") {
  REQUIRE(Describe("", "spark-1").ok());
  CHECK(answer.namespace_() == "jobs");
  CHECK(answer.name() == "report");
  CHECK(answer.front());
  REQUIRE(answer.pods_size() == 2);
  CHECK(answer.pods(1).name() == "report-exec-2");
  CHECK(answer.pods(1).role() == v1::ApplicationPod::EXECUTOR);
  CHECK(answer.pods(1).address() == "10.1.0.2");
  CHECK(answer.pods(1).host_address() == "192.168.0.1");
  CHECK(answer.pods(1).alluxio_user_hostname() == "192.168.0.1");
  CHECK(answer.pods(1).annotations().at("locus.dev/inputs") == "alluxio:///t");
  REQUIRE(Describe("jobs", "", "report-exec-1").ok());
  CHECK(answer.id() == "spark-1");
}

TEST_CASE_METHOD(Fixture, "what is not there, or there twice, is told with what to do", "[meta]") {
  CHECK(Describe("", "spark-2").error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(Describe("other", "spark-1").error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(Describe("", "").error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  Put(Executor("night", "spark-1", 1, "10.1.0.3"));
  const grpc::Status twice = Describe("", "spark-1");
  CHECK(twice.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(twice.error_message() ==
        "namespace: several have the application 'spark-1': jobs/spark-1, night/spark-1; name one namespace");
  CHECK(Describe("night", "spark-1").ok());
}

TEST_CASE_METHOD(Fixture, "the age of what is said of pods grows while the API server is silent", "[meta]") {
  clock.Advance(1500ms);
  REQUIRE(Describe("", "spark-1").ok());
  CHECK(answer.pods_age_ms() == 1500);
}

TEST_CASE_METHOD(Fixture, "each running pod stands with what workers sent to it, and their nodes", "[meta]") {
  WorkerHello hello;
  hello.address = {"192.168.0.1", "", 29999};
  hello.node = "node-a";
  const auto link = std::make_shared<SilentLink>();
  const auto stream = catalog.OpenStream(hello, link);
  REQUIRE(stream.ok());
  traffic.Say(*stream, hello.address, {{"10.1.0.1", 500}, {"10.1.0.2", 9}}, clock.Now());
  traffic.Say(*stream + 1, {"192.168.0.2", "", 29999}, {{"10.1.0.1", 30}}, clock.Now());
  kube::Pod ended = Executor("jobs", "spark-1", 2, "10.1.0.2");
  ended.finished = true;
  Put(ended);
  REQUIRE(Describe("", "spark-1").ok());
  REQUIRE(answer.pods(0).read_size() == 2);
  CHECK(answer.pods(0).read(0).worker().host() == "192.168.0.1");
  CHECK(answer.pods(0).read(0).node() == "node-a");
  CHECK(answer.pods(0).read(0).bytes() == 500);
  CHECK(answer.pods(0).read(1).node().empty());
  // The address of a pod that has ended may be another's.
  CHECK(answer.pods(1).read_size() == 0);
}

TEST_CASE_METHOD(Fixture, "callers of the front stand with what they were told", "[meta]") {
  const Identification who = applications.Identify("172.16.0.9", "");
  REQUIRE(who.caller);
  for (int i = 0; i < 30; ++i) callers.Opened(*who.caller, "172.16.0.9");
  callers.Listed(*who.caller, "172.16.0.9", {9, 9, 0, 0, 2});
  clock.Advance(4500ms);
  callers.Listed(*who.caller, "172.16.0.9", {40, 30, 6, 4, 2});
  REQUIRE(Describe("", "spark-1").ok());
  REQUIRE(answer.callers_size() == 1);
  const v1::FrontCaller& caller = answer.callers(0);
  CHECK(caller.address() == "172.16.0.9");
  CHECK(caller.recognised() == v1::FrontCaller::DRIVER_URL);
  CHECK(caller.listings() == 2);
  CHECK(caller.opens() == 30);
  CHECK(caller.blocks() == 40);
  CHECK(caller.rewritten() == 30);
  CHECK(caller.without_executor() == 6);
  CHECK(caller.uncached() == 4);
  CHECK(caller.executors() == 2);
  // The clock's start (2026-01-01 and a second) and what passed.
  CHECK(caller.last_listing().seconds() == 1'767'225'605);
  CHECK(caller.last_listing().nanos() == 500'000'000);
  CHECK(caller.last_call().seconds() == 1'767'225'605);
}

TEST_CASE_METHOD(Fixture, "the list has running applications first, of one namespace when it is named", "[meta]") {
  kube::Pod ended = Executor("a", "spark-0", 1, "10.1.0.9");
  ended.finished = true;
  Put(ended);
  v1::ListApplicationsRequest request;
  v1::ListApplicationsResponse all;
  REQUIRE(service.ListApplications(nullptr, &request, &all).ok());
  REQUIRE(all.applications_size() == 2);
  CHECK(all.applications(0).id() == "spark-1");
  CHECK(all.applications(0).pods_size() == 0);
  request.set_namespace_("a");
  all.Clear();
  REQUIRE(service.ListApplications(nullptr, &request, &all).ok());
  REQUIRE(all.applications_size() == 1);
  CHECK(all.applications(0).id() == "spark-0");
}

TEST_CASE("without a front the service says what to set", "[meta]") {
  FakeClock clock;
  Catalog catalog{CatalogOptions{}, MountTable(), clock};
  TrafficTable traffic;
  ApplicationService service(nullptr, nullptr, catalog, traffic);
  v1::DescribeApplicationRequest request;
  request.set_application("spark-1");
  v1::Application answer;
  const grpc::Status status = service.DescribeApplication(nullptr, &request, &answer);
  CHECK(status.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  CHECK(status.error_message() ==
        "this locus-meta follows no applications: set front.enabled, and an API server in nodes.kubernetes");
}
