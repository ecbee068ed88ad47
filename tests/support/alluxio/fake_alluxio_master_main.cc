// fake-alluxio-master [--port N] [--port-file PATH] [--world FILE] [--generate files=1000000,blocks=10,workers=100]
//
// The fake as a process of its own, for benches and by hand. --world reads what described_world.h says, --generate what
// generated_folder.h says (also: folder, block_bytes). SIGUSR1 prints the calls so far, by method, as one line of JSON;
// SIGTERM and SIGINT print it once more and end.
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/lifecycle.h"
#include "common/status.h"
#include "tests/support/alluxio/described_world.h"
#include "tests/support/alluxio/fake_master.h"

namespace locus::fake_alluxio {
namespace {

int64_t Number(const std::string& name, const std::string& text) {
  size_t read = 0;
  int64_t number = 0;
  try {
    number = std::stoll(text, &read);
  } catch (const std::exception&) {
    read = 0;
  }
  if (read == 0 || read != text.size()) throw std::invalid_argument("--generate: " + name + " needs a number: " + text);
  return number;
}

// "files=1000,blocks=10": what is left out keeps its default.
GeneratedSpec ParseGenerate(const std::vector<std::string>& settings) {
  GeneratedSpec spec;
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) throw std::invalid_argument("--generate: no name=value: " + setting);
    const std::string name = setting.substr(0, equals);
    const std::string value = setting.substr(equals + 1);
    if (name == "folder") {
      spec.folder = value;
    } else if (name == "files") {
      spec.files = Number(name, value);
    } else if (name == "blocks") {
      spec.blocks_per_file = Number(name, value);
    } else if (name == "block_bytes") {
      spec.block_bytes = Number(name, value);
    } else if (name == "workers") {
      spec.workers = static_cast<int>(Number(name, value));
    } else {
      throw std::invalid_argument("--generate: nothing is named " + name);
    }
  }
  return spec;
}

DescribedWorld ReadWorld(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::invalid_argument("--world: cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  absl::StatusOr<DescribedWorld> world = ParseWorld(text.str());
  if (!world.ok()) throw std::invalid_argument("--world: " + MessageOf(world.status()));
  return *std::move(world);
}

void PrintCalls(const CallLog& calls) { std::cout << nlohmann::json(calls.Counts()).dump() << std::endl; }

int Run(int argc, char** argv) {
  CLI::App app("An Alluxio 2.9 master over a made-up world");
  FakeMasterOptions options;
  std::string port_file;
  std::string world;
  std::vector<std::string> generate;
  app.add_option("--address", options.address, "IPv4 address to listen on");
  app.add_option("--port", options.port, "0: chosen by the kernel");
  app.add_option("--port-file", port_file, "written when the master serves");
  app.add_option("--world", world, "JSON file");
  app.add_option("--generate", generate, "files=N,blocks=N,workers=N,folder=PATH,block_bytes=N")->delimiter(',');
  CLI11_PARSE(app, argc, argv);

  // Before any thread exists, so that they arrive only below.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  FakeMaster master(options);
  if (!world.empty()) Build(ReadWorld(world), master.world());
  if (!generate.empty()) master.world().Generate(ParseGenerate(generate));
  const absl::Status written = WritePortFile(port_file, master.port());
  if (!written.ok()) throw std::runtime_error(MessageOf(written));
  std::cerr << "fake-alluxio-master: serving on " << master.target() << std::endl;
  for (int number = SIGUSR1; number == SIGUSR1;) {
    if (sigwait(&signals, &number) != 0) break;
    PrintCalls(master.calls());
  }
  return 0;
}

}  // namespace
}  // namespace locus::fake_alluxio

int main(int argc, char** argv) {
  try {
    return locus::fake_alluxio::Run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "fake-alluxio-master: " << problem.what() << "\n";
    return 1;
  }
}
