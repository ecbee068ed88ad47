// front_load --straight HOST:PORT --through HOST:PORT [--path FOLDER] [--rounds N]
//
// Lists a folder at an Alluxio master and through the front before it, in turns, each with a session of its own, and
// prints the seconds of each listing as one line of JSON: {"files": N, "straight": [...], "through": [...],
// "rewritten": blocks of which a host differs}. Reads every message with generated classes, as a client must.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "alluxio_wire/plain.h"
#include "alluxio_wire/session.h"
#include "common/clock.h"
#include "proto/alluxio/file_system_master.grpc.pb.h"

namespace {

namespace file = alluxio::grpc::file;

class Client {
 public:
  Client(const std::string& target, const std::string& id)
      : channel_(Connect(target)),
        stub_(file::FileSystemMasterClientService::NewStub(channel_)),
        session_(channel_, {id, locus::alluxio_wire::PlainInitialResponse("bench", "none").value(), "front_load"}) {
    if (const grpc::Status status = session_.Authenticate(std::chrono::seconds(10)); !status.ok()) {
      throw std::runtime_error(target + ": " + status.error_message());
    }
  }

  // Hosts of all blocks, in order.
  std::vector<std::string> List(const std::string& path) {
    grpc::ClientContext context;
    session_.Sign(context);
    file::ListStatusRequest request;
    request.set_path(path);
    request.mutable_options()->set_load_metadata_type(file::LOAD_NEVER);
    request.mutable_options()->mutable_common_options()->set_ttl(-1);
    std::vector<std::string> hosts;
    const auto reader = stub_->ListStatus(&context, request);
    file::ListStatusResponse response;
    files_ = 0;
    while (reader->Read(&response)) {
      files_ += response.file_infos_size();
      for (const auto& info : response.file_infos()) {
        for (const auto& part : info.file_block_infos()) {
          const auto& locations = part.block_info().locations();
          hosts.push_back(locations.empty() ? "" : locations[0].worker_address().host());
        }
      }
    }
    if (const grpc::Status status = reader->Finish(); !status.ok()) throw std::runtime_error(status.error_message());
    return hosts;
  }
  int files() const { return files_; }

 private:
  static std::shared_ptr<grpc::Channel> Connect(const std::string& target) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<file::FileSystemMasterClientService::Stub> stub_;
  locus::alluxio_wire::Session session_;
  int files_ = 0;
};

int Run(int argc, char** argv) {
  CLI::App app("Lists a folder straight and through the front, in turns");
  std::string straight;
  std::string through;
  std::string path = "/generated";
  int rounds = 30;
  app.add_option("--straight", straight)->required();
  app.add_option("--through", through)->required();
  app.add_option("--path", path);
  app.add_option("--rounds", rounds);
  CLI11_PARSE(app, argc, argv);

  Client clients[] = {{straight, "11111111-1111-4111-8111-111111111111"},
                      {through, "22222222-2222-4222-8222-222222222222"}};
  const std::vector<std::string> before = clients[0].List(path);
  const std::vector<std::string> after = clients[1].List(path);
  int rewritten = 0;
  for (size_t i = 0; i < before.size(); ++i) rewritten += before[i] != after.at(i) ? 1 : 0;
  const locus::SystemClock clock;
  std::vector<double> seconds[2];
  for (int round = 0; round < rounds; ++round) {
    for (int turn = 0; turn < 2; ++turn) {
      const int which = (round + turn) % 2;
      const locus::SteadyTime start = clock.Now();
      clients[which].List(path);
      seconds[which].push_back(locus::ToSeconds(clock.Now() - start));
    }
  }
  std::cout << nlohmann::json{{"files", clients[0].files()},
                              {"straight", seconds[0]},
                              {"through", seconds[1]},
                              {"rewritten", rewritten}}
            << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "front_load: " << problem.what() << "\n";
    return 1;
  }
}
