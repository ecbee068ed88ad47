#include "alluxio_meta/grpc/application_service.h"

#include <catch2/catch.hpp>

#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

class FakeBook final : public ApplicationBook {
 public:
  std::vector<std::shared_ptr<const Application>> Applications() const override { return applications; }
  std::vector<CallerFacts> CallersOf(const ApplicationKey& application) const override {
    return application.id == "spark-1" ? callers : std::vector<CallerFacts>{};
  }
  std::optional<SteadyTime> Heard() const override { return heard; }

  std::vector<std::shared_ptr<const Application>> applications;
  std::vector<CallerFacts> callers;
  std::optional<SteadyTime> heard;
};

class NoLink final : public WorkerLink {
 public:
  void AskListing(uint64_t, const std::string&, uint32_t) override {}
  void Cut() override {}
};

ApplicationPod Executor(uint64_t number, const std::string& address) {
  ApplicationPod pod;
  pod.name = "report-exec-" + std::to_string(number);
  pod.number = number;
  pod.node = "node-a";
  pod.address = address;
  pod.host_address = "192.168.0.1";
  pod.annotations = {{"locus.dev/inputs", "alluxio:///t"}};
  pod.alluxio_user_hostname = "192.168.0.1";
  return pod;
}

std::shared_ptr<const Application> Of(const std::string& space, const std::string& id,
                                      std::vector<ApplicationPod> pods) {
  Application application;
  application.key = {space, id};
  application.name = "report";
  application.pods = std::move(pods);
  return std::make_shared<const Application>(std::move(application));
}

struct Fixture {
  Fixture() {
    book.applications = {Of("jobs", "spark-1", {Executor(1, "10.1.0.1"), Executor(2, "10.1.0.2")})};
    book.heard = clock.Now();
  }
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
  FakeBook book;
  ApplicationService service{&book, true, catalog, traffic, clock};
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
  book.applications.push_back(Of("night", "spark-1", {}));
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
  const auto link = std::make_shared<NoLink>();
  const auto stream = catalog.OpenStream(hello, link);
  REQUIRE(stream.ok());
  traffic.Say(*stream, hello.address, {{"10.1.0.1", 500}, {"10.1.0.2", 9}}, clock.Now());
  traffic.Say(*stream + 1, {"192.168.0.2", "", 29999}, {{"10.1.0.1", 30}}, clock.Now());
  auto ended = Executor(3, "10.1.0.2");
  ended.ended = true;
  book.applications = {Of("jobs", "spark-1", {Executor(1, "10.1.0.1"), ended})};
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
  CallerFacts driver;
  driver.address = "172.16.0.9";
  driver.by = Recognised::kDriverUrl;
  driver.listings = 2;
  driver.opens = 30;
  driver.blocks = 40;
  driver.rewritten = 30;
  driver.without_executor = 6;
  driver.uncached = 4;
  driver.executors = 3;
  driver.last_listing = WallTime(std::chrono::seconds(1'700'000'000));
  driver.last_call = WallTime(1'700'000'001'500ms);
  book.callers = {driver};
  REQUIRE(Describe("", "spark-1").ok());
  REQUIRE(answer.callers_size() == 1);
  const v1::FrontCaller& caller = answer.callers(0);
  CHECK(caller.address() == "172.16.0.9");
  CHECK(caller.recognised() == v1::FrontCaller::DRIVER_URL);
  CHECK(caller.blocks() == caller.rewritten() + caller.without_executor() + caller.uncached());
  CHECK(caller.last_listing().seconds() == 1'700'000'000);
  CHECK(caller.last_call().nanos() == 500'000'000);
}

TEST_CASE_METHOD(Fixture, "the list has running applications first, of one namespace when it is named", "[meta]") {
  auto ended = Executor(1, "10.1.0.9");
  ended.ended = true;
  book.applications = {Of("a", "spark-0", {ended}), Of("jobs", "spark-1", {Executor(1, "10.1.0.1")})};
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

TEST_CASE("without an API server the service says what to set", "[meta]") {
  FakeClock clock;
  Catalog catalog{CatalogOptions{}, MountTable(), clock};
  TrafficTable traffic;
  ApplicationService service(nullptr, false, catalog, traffic, clock);
  v1::DescribeApplicationRequest request;
  request.set_application("spark-1");
  v1::Application answer;
  const grpc::Status status = service.DescribeApplication(nullptr, &request, &answer);
  CHECK(status.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  CHECK(status.error_message() ==
        "this locus-meta asks no API server, so it knows of no applications: set nodes.kubernetes");
}
