// The program locus-meta itself.
#include <fcntl.h>
#include <httplib.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/http_server.h"
#include "proto/locus/v1/locality.grpc.pb.h"
#include "tests/integration/alluxio_meta/meta_server.h"

using namespace locus;
using namespace locus::meta;

namespace {

std::string TempFile(const std::string& name) { return std::string(std::getenv("TEST_TMPDIR")) + "/" + name; }

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// One run of the program; what it prints goes to a file.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) : output_(TempFile("output")) {
    arguments.insert(arguments.begin(), "alluxio_meta/locus-meta");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    REQUIRE(posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Program() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
  }
  void Signal(int number) const { kill(pid_, number); }
  // Waits for the end; -1 when a signal ended it.
  int ExitCode() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string output() const { return ReadFile(output_); }

 private:
  const std::string output_;
  pid_t pid_ = 0;
};

}  // namespace

TEST_CASE("all problems of a configuration are printed and end the program with 2", "[meta]") {
  const std::string path = TempFile("meta.yaml");
  std::ofstream(path) << "workers: {lost_after: 1parsec, max_workers: 0}\nindx: {}\nlog: {level: loud}\n";
  Program program({"--config", path});
  CHECK(program.ExitCode() == 2);
  for (const char* part : {"workers.lost_after", "workers.max_workers", "indx", "did you mean 'index'", "log.level"}) {
    INFO(part << " in\n" << program.output());
    CHECK(program.output().find(part) != std::string::npos);
  }
}

TEST_CASE("problems between fields end the program with 2, with --check too", "[meta]") {
  const std::string path = TempFile("meta.yaml");
  std::ofstream(path) << "workers: {lost_after: 20s, forget_after: 5s}\nmounts: [{path: x, ufs_uri: y}]\n";
  for (const bool check : {true, false}) {
    std::vector<std::string> arguments = {"--config", path};
    if (check) arguments.push_back("--check");
    Program program(arguments);
    CHECK(program.ExitCode() == 2);
    for (const char* part : {"workers.forget_after", "mounts[0].path", "mounts[0].ufs_uri"}) {
      INFO(part << " in\n" << program.output());
      CHECK(program.output().find(part) != std::string::npos);
    }
  }
  Program missing({"--config", "/no/such/file.yaml"});
  CHECK(missing.ExitCode() == 2);
  CHECK(missing.output().find("/no/such/file.yaml") != std::string::npos);
}

TEST_CASE("ports in use are named together and end the program with 1", "[meta]") {
  GrpcServer grpc{GrpcServerOptions{}};
  REQUIRE(grpc.Start({}).ok());
  HttpServer http{HttpServerOptions{}};
  REQUIRE(http.Start().ok());
  Program program(
      {"--set", "listen.port=" + std::to_string(grpc.port()), "--set", "admin.port=" + std::to_string(http.port())});
  CHECK(program.ExitCode() == 1);
  INFO(program.output());
  CHECK(program.output().find("127.0.0.1:" + std::to_string(grpc.port())) != std::string::npos);
  CHECK(program.output().find(std::to_string(http.port())) != std::string::npos);
}

TEST_CASE("the program serves until it is told to stop, and then ends with 0", "[meta]") {
  for (const int signal_number : {SIGTERM, SIGINT}) {
    const std::string port_file = TempFile("port" + std::to_string(signal_number));
    Program program({"--set", "listen.port=0", "--set", "admin.port=0", "--set", "listen.port_file=" + port_file});
    REQUIRE(Eventually([&] { return !ReadFile(port_file).empty(); }));
    const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(std::stoi(ReadFile(port_file))),
                                             grpc::InsecureChannelCredentials());
    const auto stub = v1::LocalityService::NewStub(channel);
    // A stream that is open does not hold up the stop.
    grpc::ClientContext watch_context;
    const auto watch = stub->WatchLocality(&watch_context);
    v1::WatchLocalityResponse first;
    REQUIRE(watch->Read(&first));
    CHECK(first.freshness().run() != 0);
    program.Signal(signal_number);
    CHECK(program.ExitCode() == 0);
    while (watch->Read(&first)) {
    }
    CHECK_FALSE(watch->Finish().ok());
  }
}

TEST_CASE("with its Alluxio master away the program is not ready, says why, and still stops at once",
          "[meta][alluxio]") {
  const std::string port_file = TempFile("admin_port");
  const std::string config = TempFile("alluxio.yaml");
  // A port that was free a moment ago: nobody listens there.
  int free_port = 0;
  {
    HttpServer http{HttpServerOptions{}};
    REQUIRE(http.Start().ok());
    free_port = http.port();
  }
  const std::string master = "127.0.0.1:" + std::to_string(free_port);
  std::ofstream(config) << "source: both\nalluxio: {masters: ['" << master << "']}\nlisten: {port: 0}\n"
                        << "admin: {port: 0, port_file: " << port_file << "}\n"
                        << "index: {interest_file: " << TempFile("interests") << "}\n";
  Program program({"--config", config});
  REQUIRE(Eventually([&] { return !ReadFile(port_file).empty(); }));
  httplib::Client admin("127.0.0.1", std::stoi(ReadFile(port_file)));
  std::string said;
  CHECK(Eventually([&] {
    const auto ready = admin.Get("/readyz");
    if (!ready) return false;
    CHECK(ready->status == 503);
    said = ready->body;
    return said.find(master) != std::string::npos;
  }));
  INFO(said);
  CHECK(said.find("was not reached yet") != std::string::npos);
  const auto healthy = admin.Get("/healthz");
  REQUIRE(healthy);
  CHECK(healthy->status == 200);
  program.Signal(SIGTERM);
  CHECK(program.ExitCode() == 0);
}

TEST_CASE("with its Alluxio master away for readiness.at_most it is ready, and says without what", "[meta][alluxio]") {
  const std::string port_file = TempFile("late_port");
  const std::string config = TempFile("late.yaml");
  std::ofstream(config) << "source: both\nalluxio: {masters: ['127.0.0.1:1']}\nlisten: {port: 0}\n"
                        << "admin: {port: 0, port_file: " << port_file << "}\n"
                        << "readiness: {settle: 0s, at_most: 1s}\n";
  Program program({"--config", config});
  REQUIRE(Eventually([&] { return !ReadFile(port_file).empty(); }));
  httplib::Client admin("127.0.0.1", std::stoi(ReadFile(port_file)));
  std::string said;
  CHECK(Eventually([&] {
    const auto ready = admin.Get("/readyz");
    if (ready) said = ready->body;
    return ready && ready->status == 200;
  }));
  CHECK(said.find("ok\nat the start it went without: the Alluxio master was not reached yet: ") == 0);
  CHECK(program.output().find("ready without all that was waited for") != std::string::npos);
  CHECK(admin.Get("/metrics")->body.find("\nlocus_meta_ready_unsynced 1\n") != std::string::npos);
  program.Signal(SIGTERM);
  CHECK(program.ExitCode() == 0);
}

TEST_CASE("what an Alluxio source lacks is named at the start", "[meta][alluxio]") {
  Program program({"--set", "source=both", "--check"});
  CHECK(program.ExitCode() == 2);
  CHECK(program.output().find("alluxio.masters: is required") != std::string::npos);
}
