// locusctl doctor against a locus-meta on the loopback that a test scripts.
#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/grpc_server.h"
#include "proto/locus/v1/application.grpc.pb.h"
#include "proto/locus/v1/locality.grpc.pb.h"
#include "tests/integration/locusctl/program.h"

using namespace locus;

namespace {

constexpr const char* kBinary = "locusctl/locusctl";

class FakeApplications final : public v1::ApplicationService::Service {
 public:
  grpc::Status DescribeApplication(grpc::ServerContext*, const v1::DescribeApplicationRequest* request,
                                   v1::Application* application) override {
    if (request->application() == "two") return {grpc::StatusCode::INVALID_ARGUMENT, "in namespaces jobs and tests"};
    if (request->application() == "bare") return {grpc::StatusCode::FAILED_PRECONDITION, "no API server"};
    if (request->application() != "spark-1" && request->pod() != "e1") {
      return {grpc::StatusCode::NOT_FOUND, "no application 'x' in any namespace"};
    }
    google::protobuf::TextFormat::MergeFromString(R"(
      namespace: "jobs" id: "spark-1" front: true
      pods { name: "e1" role: EXECUTOR number: 1 node: "a" address: "10.0.0.1" host_address: "192.0.2.1"
             scheduler: "locus" annotations { key: "locus.dev/inputs" value: "/data" }
             alluxio_user_hostname: "192.0.2.1"
             read { worker { host: "192.0.2.1" data_port: 29999 } node: "a" bytes: 5000 } }
      callers { address: "198.51.100.7" listings: 2 blocks: 3 rewritten: 3 executors: 1 })",
                                                  application);
    return grpc::Status::OK;
  }
};

class FakeLocality final : public v1::LocalityService::Service {
 public:
  grpc::Status GetLocality(grpc::ServerContext*, const v1::GetLocalityRequest*,
                           v1::GetLocalityResponse* response) override {
    google::protobuf::TextFormat::MergeFromString(R"(
      inputs { input: "/data" state: KNOWN length_bytes: 5000 cached_bytes: 5000
        holders { address { host: "192.0.2.1" data_port: 29999 } node: "a" tiers { tier: TIER_MEM bytes: 5000 } } })",
                                                  response);
    return grpc::Status::OK;
  }
  grpc::Status ListWorkers(grpc::ServerContext*, const v1::ListWorkersRequest*,
                           v1::ListWorkersResponse* response) override {
    google::protobuf::TextFormat::MergeFromString(R"(
      workers { workers { address { host: "192.0.2.1" data_port: 29999 } node: "a" state: LIVE blocks_from: REPORT } })",
                                                  response);
    return grpc::Status::OK;
  }
};

struct Meta {
  Meta() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&applications);
    builder.RegisterService(&locality);
    server = builder.BuildAndStart();
    REQUIRE(server != nullptr);
  }
  ~Meta() { server->Shutdown(); }

  ProgramResult Doctor(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"doctor", "--meta", "127.0.0.1:" + std::to_string(port)});
    return RunProgram(kBinary, arguments);
  }

  FakeApplications applications;
  FakeLocality locality;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

}  // namespace

TEST_CASE("a running application is judged by what the servers tell", "[locusctl]") {
  const Meta meta;
  const ProgramResult text = meta.Doctor({"--app", "spark-1"});
  CHECK(text.exit_code == 0);
  CHECK(text.out.find("jobs/spark-1") == 0);
  const ProgramResult result = meta.Doctor({"--pod", "jobs/e1", "--json"});
  CHECK(result.exit_code == 0);
  const nlohmann::json json = nlohmann::json::parse(result.out);
  for (const auto& layer : json["layers"]) CHECK(layer["verdict"] == "ok");
}

TEST_CASE("what the server refuses has an exit code of its own kind", "[locusctl]") {
  const Meta meta;
  CHECK(meta.Doctor({"--app", "other"}).exit_code == 1);
  CHECK(meta.Doctor({"--app", "two"}).exit_code == 2);
  CHECK(meta.Doctor({"--app", "two"}).err.find("in namespaces jobs and tests") != std::string::npos);
  CHECK(meta.Doctor({"--app", "bare"}).exit_code == 3);
  CHECK(meta.Doctor({}).exit_code == 2);
  CHECK(meta.Doctor({"--app", "a", "--pod", "b"}).exit_code == 2);
  CHECK(meta.Doctor({"--pod", "Not A Pod"}).exit_code == 2);
  CHECK(meta.Doctor({"--app", "spark-1", "--spark-ui", "ftp://x"}).exit_code == 2);
}

TEST_CASE("a Spark that is not there is told", "[locusctl]") {
  const Meta meta;
  // A gRPC port does not speak HTTP/1.
  const ProgramResult result =
      meta.Doctor({"--app", "spark-1", "--spark-ui", "http://127.0.0.1:" + std::to_string(meta.port)});
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("--spark-ui") != std::string::npos);
  CHECK(result.out.empty());
}
