// The program itself: files, ports, signals, exit codes.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>

#include "common/grpc_server.h"
#include "proto/locus/v1/cache.grpc.pb.h"
#include "tests/integration/cache_worker/process.h"
#include "tests/unit/cache_worker/support/eventually.h"
#include "tests/unit/cache_worker/support/fake_origin.h"
#include "tests/unit/cache_worker/support/temp_folder.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

struct Setting {
  Setting() {
    folder.Write("origin/f", bytes);
    folder.Write("worker.yaml", "listen: {port: 0, port_file: " + Path("data-port") +
                                    "}\n"
                                    "admin: {port: 0, port_file: " +
                                    Path("admin-port") +
                                    "}\n"
                                    "report: {target: '127.0.0.1:1'}\n"
                                    "origin: {folder: " +
                                    Path("origin") +
                                    "}\n"
                                    "store:\n"
                                    "  block_size: 1MiB\n"
                                    "  tiers:\n"
                                    "    - {tier: SSD, path: " +
                                    Path("ssd") + ", quota: 64MiB}\n");
  }
  std::string Path(const std::string& name) const { return folder.path() + "/" + name; }
  std::vector<std::string> Arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"--config", Path("worker.yaml")};
    for (const std::string& m : more) {
      all.push_back("--set");
      all.push_back(m);
    }
    return all;
  }
  int Port(const std::string& file) const {
    Eventually([&] { return !TextOf(Path(file)).empty(); });
    return std::atoi(TextOf(Path(file)).c_str());
  }
  std::unique_ptr<v1::CacheService::Stub> Stub() const {
    return v1::CacheService::NewStub(MakeChannel("127.0.0.1:" + std::to_string(Port("data-port"))));
  }
  // Waits until the worker answers.
  v1::StatusResponse Status(v1::CacheService::Stub& stub) const {
    v1::StatusResponse response;
    CHECK(Eventually([&] {
      grpc::ClientContext context;
      return stub.Status(&context, {}, &response).ok();
    }));
    return response;
  }

  const TempFolder folder;
  const std::string bytes = PatternBytes(40 << 20, 1);
};

std::string ReadAll(v1::CacheService::Stub& stub) {
  std::string got;
  // UNAVAILABLE while the folders are looked through.
  Eventually([&] {
    got.clear();
    grpc::ClientContext context;
    v1::ReadRequest request;
    request.set_path("/f");
    const auto reader = stub.Read(&context, request);
    v1::ReadResponse response;
    while (reader->Read(&response)) got += response.data();
    return reader->Finish().ok();
  });
  return got;
}

}  // namespace

TEST_CASE("the program serves on ports of the kernel's choice and ends well on SIGTERM and SIGINT", "[process]") {
  for (const int number : {SIGTERM, SIGINT}) {
    const Setting setting;
    Process process(setting.Arguments(), setting.Path("out"));
    const auto stub = setting.Stub();
    CHECK(ReadAll(*stub) == setting.bytes);
    CHECK(setting.Status(*stub).address().data_port() == static_cast<uint32_t>(setting.Port("data-port")));
    CHECK(setting.Port("admin-port") > 0);
    process.Signal(number);
    const int exit_code = process.Wait();
    INFO(process.Output());
    CHECK(exit_code == 0);
  }
}

TEST_CASE("open streams do not hold up the end", "[process]") {
  const Setting setting;
  Process process(setting.Arguments(), setting.Path("out"));
  const auto stub = setting.Stub();
  REQUIRE(ReadAll(*stub).size() == setting.bytes.size());
  // A reader that takes the first chunk and then no more.
  grpc::ClientContext context;
  v1::ReadRequest request;
  request.set_path("/f");
  const auto reader = stub->Read(&context, request);
  v1::ReadResponse response;
  REQUIRE(reader->Read(&response));
  const auto start = std::chrono::steady_clock::now();
  process.Signal(SIGTERM);
  CHECK(process.Wait() == 0);
  // The promise to an orchestrator, which kills after a grace of seconds. A sanitizer slows the program down: there it
  // is only told from the ten seconds that gRPC waits for a reader that takes nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr auto kBound = 8s;
#else
  constexpr auto kBound = 3s;
#endif
  CHECK(std::chrono::steady_clock::now() - start < kBound);
  while (reader->Read(&response)) {
  }
  CHECK_FALSE(reader->Finish().ok());
}

TEST_CASE("a restarted program serves what the one before had cached", "[process]") {
  const Setting setting;
  for (const int number : {SIGTERM, SIGKILL, SIGTERM}) {
    Process process(setting.Arguments(), setting.Path("out"));
    const auto stub = setting.Stub();
    CHECK(ReadAll(*stub) == setting.bytes);
    CHECK(setting.Status(*stub).blocks() == 40);
    process.Signal(number);
    process.Wait();
    std::remove(setting.Path("data-port").c_str());
  }
  Process last(setting.Arguments(), setting.Path("out"));
  const auto stub = setting.Stub();
  CHECK(ReadAll(*stub) == setting.bytes);
  const auto status = setting.Status(*stub);
  CHECK(status.hits() == 40);
  CHECK(status.misses() == 0);
  CHECK(status.torn_blocks() == 0);
  last.Signal(SIGTERM);
  const int exit_code = last.Wait();
  INFO(last.Output());
  CHECK(exit_code == 0);
}

TEST_CASE("a second program on the same folders is refused, and all that is wrong is named", "[process]") {
  const Setting setting;
  Process first(setting.Arguments(), setting.Path("out"));
  const auto stub = setting.Stub();
  setting.Status(*stub);
  const std::string port = std::to_string(setting.Port("data-port"));
  const std::string admin_port = std::to_string(setting.Port("admin-port"));
  Process second(setting.Arguments({"listen.port=" + port, "admin.port=" + admin_port, "listen.port_file=",
                                    "admin.port_file=", "origin.folder=" + setting.Path("nowhere")}),
                 setting.Path("out2"));
  CHECK(second.Wait() == 1);
  const std::string output = second.Output();
  INFO(output);
  CHECK(output.find("SSD folder '" + setting.Path("ssd") + "' is in use by another locus-worker") != std::string::npos);
  CHECK(output.find("origin.folder: the under-store folder '" + setting.Path("nowhere") + "'") != std::string::npos);
  CHECK(output.find("listen: cannot listen on 127.0.0.1:" + port) != std::string::npos);
  CHECK(output.find("admin: cannot listen on 127.0.0.1:" + admin_port) != std::string::npos);
  CHECK(ReadAll(*stub) == setting.bytes);
  first.Signal(SIGTERM);
  CHECK(first.Wait() == 0);
}

TEST_CASE("a tier folder that cannot be made is a problem at the start", "[process]") {
  const Setting setting;
  setting.folder.Write("plain-file", "");
  Process process(setting.Arguments({"store.tiers.0.path=" + setting.Path("plain-file/ssd")}), setting.Path("out"));
  CHECK(process.Wait() == 1);
  CHECK(process.Output().find("SSD folder '" + setting.Path("plain-file/ssd") + "' cannot be made") !=
        std::string::npos);
}

TEST_CASE("all problems of the configuration are named, with exit code 2", "[process]") {
  const Setting setting;
  Process fields(setting.Arguments({"store.block_size=1", "store.fetchers=0", "nonsense=1"}), setting.Path("out"));
  CHECK(fields.Wait() == 2);
  for (const char* field : {"store.block_size", "store.fetchers", "nonsense"}) {
    INFO(fields.Output());
    CHECK(fields.Output().find(field) != std::string::npos);
  }
  auto check = setting.Arguments({"listen.address=0.0.0.0", "store.tiers.0.path=" + setting.Path("origin/cache")});
  check.push_back("--check");
  Process between(check, setting.Path("out"));
  CHECK(between.Wait() == 2);
  CHECK(between.Output().find("announce_host: ") != std::string::npos);
  CHECK(between.Output().find("store.tiers.0.path: ") != std::string::npos);
  Process absent({"--config", setting.Path("none.yaml")}, setting.Path("out"));
  CHECK(absent.Wait() == 2);
  CHECK(absent.Output().find("none.yaml") != std::string::npos);
}

TEST_CASE("a valid configuration is told so, and nothing is opened", "[process]") {
  const Setting setting;
  auto arguments = setting.Arguments();
  arguments.push_back("--check");
  Process process(arguments, setting.Path("out"));
  CHECK(process.Wait() == 0);
  CHECK(process.Output() == "locus-worker: the configuration is valid\n");
  CHECK(::access(setting.Path("ssd").c_str(), F_OK) != 0);
}
