#include "locusctl/doctor/doctor.h"

#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;

namespace {

class FakeApplications final : public ApplicationSource {
 public:
  std::string address() const override { return "meta.test:8910"; }
  absl::StatusOr<v1::Application> Describe(const v1::DescribeApplicationRequest& request) override {
    asked = request;
    if (!status.ok()) return status;
    return application;
  }

  absl::Status status;
  v1::Application application;
  v1::DescribeApplicationRequest asked;
};

constexpr const char* kApplication = R"(
  namespace: "jobs" id: "spark-1" name: "events" front: true pods_age_ms: 120
  pods { name: "e1" role: EXECUTOR number: 1 node: "a" address: "10.0.0.1" host_address: "192.0.2.1" scheduler: "locus"
         annotations { key: "locus.dev/inputs" value: "/data" } alluxio_user_hostname: "192.0.2.1"
         read { worker { host: "192.0.2.1" data_port: 29999 } node: "a" bytes: 5000 } }
  callers { address: "198.51.100.7" recognised: DRIVER_URL listings: 2 blocks: 3 rewritten: 3 executors: 1
            last_listing { seconds: 100 } })";
constexpr const char* kLocality = R"(
  inputs { input: "/data" state: KNOWN length_bytes: 5000 cached_bytes: 5000
           holders { address { host: "192.0.2.1" data_port: 29999 } node: "a" tiers { tier: TIER_MEM bytes: 5000 } } })";
constexpr const char* kWorkers = R"(
  workers { workers { address { host: "192.0.2.1" data_port: 29999 } node: "a" state: LIVE blocks_from: REPORT } })";

struct Clinic {
  Clinic() {
    using google::protobuf::TextFormat;
    REQUIRE(TextFormat::ParseFromString(kApplication, &applications.application));
    REQUIRE(TextFormat::ParseFromString(kLocality, &locality.locality));
    REQUIRE(TextFormat::ParseFromString(kWorkers, &locality.workers));
    options.application = "spark-1";
    options.space = "jobs";
  }
  int Run(DecisionSource* ui = nullptr) {
    return RunDoctor(options, applications, locality, ui, captured.AsText({false, 100}));
  }

  FakeApplications applications;
  FakeLocalitySource locality;
  DoctorOptions options;
  CapturedOutput captured;
};

// Spark's REST API with one stage that reads and one that does not.
class FakeUi final : public DecisionSource {
 public:
  std::string address() const override { return "http://ui.test:4040"; }
  absl::StatusOr<HttpAnswer> Get(const std::string& target) override {
    asked.push_back(target);
    if (target == "/api/v1/applications/spark-1/stages") return HttpAnswer{200, stages};
    return HttpAnswer{200, tasks};
  }
  std::vector<std::string> asked;
  std::string stages = R"([{"stageId":1,"attemptId":0,"inputBytes":0},{"stageId":0,"attemptId":0,"inputBytes":99}])";
  std::string tasks = R"([{"taskLocality":"NODE_LOCAL"},{"taskLocality":"ANY"},{"taskLocality":"NO_PREF"}])";
};

}  // namespace

TEST_CASE("a healthy application ends with 0 and three layers", "[locusctl]") {
  Clinic clinic;
  CHECK(clinic.Run() == 0);
  CHECK(clinic.applications.asked.application() == "spark-1");
  CHECK(clinic.applications.asked.namespace_() == "jobs");
  CHECK(clinic.locality.asked == std::vector<std::string>{"/data"});
  const std::string text = clinic.captured.out.str();
  CHECK(text.find("jobs/spark-1  events  1 executor, driver outside of the cluster; pods as of 120ms ago\n") == 0);
  CHECK(text.find("\nok       executors on the data\n") != std::string::npos);
  CHECK(text.find("\nok       tasks on the right executor\n") != std::string::npos);
  CHECK(text.find("\nok       reads from the own node\n") != std::string::npos);
}

TEST_CASE("a broken layer ends with 1, one that is not judged with 4", "[locusctl]") {
  Clinic clinic;
  clinic.applications.application.mutable_pods(0)->clear_read();
  CHECK(clinic.Run() == 4);
  clinic.applications.application.mutable_pods(0)->clear_alluxio_user_hostname();
  CHECK(clinic.Run() == 1);
  CHECK(clinic.captured.out.str().find("      -> Set -Dalluxio.user.hostname=$(HOST_IP)") != std::string::npos);
}

TEST_CASE("an application is found by one of its pods", "[locusctl]") {
  Clinic clinic;
  clinic.options.application = "";
  clinic.options.pod = "e1";
  CHECK(clinic.Run() == 0);
  CHECK(clinic.applications.asked.pod() == "e1");
  CHECK(clinic.applications.asked.application().empty());
}

TEST_CASE("findings are printed for programs", "[locusctl]") {
  Clinic clinic;
  clinic.applications.application.clear_callers();
  CHECK(RunDoctor(clinic.options, clinic.applications, clinic.locality, nullptr, clinic.captured.AsJson()) == 1);
  const nlohmann::json json = nlohmann::json::parse(clinic.captured.out.str());
  CHECK(json["id"] == "spark-1");
  CHECK(json["executors"] == 1);
  REQUIRE(json["layers"].size() == 3);
  CHECK(json["layers"][0]["layer"] == "pods");
  CHECK(json["layers"][0]["verdict"] == "ok");
  CHECK(json["layers"][1]["layer"] == "tasks");
  CHECK(json["layers"][1]["verdict"] == "broken");
  CHECK_FALSE(json["layers"][1]["fix"].get<std::string>().empty());
  CHECK(json["layers"][2]["layer"] == "reads");
  CHECK(json["layers"][2]["evidence"].is_array());
}

TEST_CASE("Spark's own figures are asked for stages that read", "[locusctl]") {
  Clinic clinic;
  FakeUi ui;
  CHECK(clinic.Run(&ui) == 1);
  REQUIRE(ui.asked.size() == 2);
  CHECK(ui.asked[1].find("/api/v1/applications/spark-1/stages/0/0/taskList?") == 0);
  CHECK(clinic.captured.out.str().find("1 tasks at NODE_LOCAL, 0 at PROCESS_LOCAL, 1 at ANY") != std::string::npos);
}

TEST_CASE("what is not Spark's REST API is told", "[locusctl]") {
  for (const char* answer : {"<html>", "{}", R"([{"stageId":"x","inputBytes":5}])", R"([{"inputBytes":"x"}])"}) {
    Clinic clinic;
    FakeUi ui;
    ui.stages = answer;
    CHECK(clinic.Run(&ui) == 3);
    CHECK(clinic.captured.err.str().find("--spark-ui") != std::string::npos);
    CHECK(clinic.captured.out.str().empty());
  }
}

TEST_CASE("what the server refuses is told with what to do", "[locusctl]") {
  const auto run = [](const absl::Status& status, int exit_code) {
    Clinic clinic;
    clinic.applications.status = status;
    CHECK(clinic.Run() == exit_code);
    CHECK(clinic.captured.out.str().empty());
    return clinic.captured.err.str();
  };
  CHECK(run(NotFound("no application spark-1"), 1).find("spark-app-selector") != std::string::npos);
  CHECK(run(absl::FailedPreconditionError("no API server"), 3).find("kubernetes in meta.yaml") != std::string::npos);
  CHECK(run(absl::UnimplementedError(""), 3).find("older") != std::string::npos);
  CHECK(run(Unavailable("refused"), 3).find("meta.test:8910") != std::string::npos);
  CHECK(run(InvalidArgument("in jobs and in tests"), 2).find("in jobs and in tests") != std::string::npos);
  Clinic clinic;
  clinic.locality.status = Unavailable("away");
  CHECK(clinic.Run() == 3);
}

TEST_CASE("hostile names reach no terminal", "[locusctl]") {
  Clinic clinic;
  v1::ApplicationPod& pod = *clinic.applications.application.mutable_pods(0);
  pod.set_node("x\x1b[31m\x07\r\nb");
  pod.set_name("n\x1b[2J");
  pod.set_alluxio_user_hostname("h\x1b[2J");
  clinic.applications.application.set_name("n\xC2\x9B");
  (void)clinic.Run();
  CHECK(IsHarmless(clinic.captured.out.str()));
}
