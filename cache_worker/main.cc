// locus-worker: a node's block cache over an under-store, or the watcher of an Alluxio worker's, and the news of it to
// locus-meta.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "cache_worker/agent.h"
#include "cache_worker/alluxio_config.h"
#include "cache_worker/alluxio_worker.h"
#include "cache_worker/config.h"
#include "cache_worker/daemon.h"
#include "cache_worker/origin/s3_credentials.h"
#include "cache_worker/worker.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/lifecycle.h"
#include "common/log.h"
#include "common/mutex.h"

namespace {

// Below what an orchestrator waits before it kills, and what a person waits before wondering.
constexpr auto kGrace = std::chrono::seconds(2);

// gRPC waits for a connection whose client takes no more bytes, and the kernel for a network file system that hangs.
// Neither may hold up the end: what is cached is safe at any moment, so leaving in the middle costs nothing.
void EndProcessAfter(std::chrono::seconds grace) {
  std::thread([grace] {
    locus::Mutex mutex;
    locus::CondVar never;
    locus::MutexLock lock(mutex);
    never.WaitFor(mutex, grace, [] { return false; });
    locus::LogWarning("something did not stop in time: leaving it behind", {{"seconds", grace.count()}});
    ::_exit(0);
  }).detach();
}

// As Amazon's own tools read it.
locus::worker::S3Credentials EnvironmentCredentials() {
  const auto value = [](const char* name) {
    const char* const found = std::getenv(name);
    return std::string(found == nullptr ? "" : found);
  };
  return {value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"), value("AWS_SESSION_TOKEN")};
}

std::unique_ptr<locus::worker::Daemon> MakeDaemon(const locus::config::v1::Worker& config, const locus::Clock& clock) {
  const uint64_t seed = std::random_device()();
  if (locus::worker::IsAgent(config)) return std::make_unique<locus::worker::Agent>(config, clock, seed);
  if (locus::worker::IsAlluxioWorker(config)) {
    return std::make_unique<locus::worker::AlluxioWorker>(config, clock, seed, EnvironmentCredentials());
  }
  return std::make_unique<locus::worker::Worker>(config, clock, seed, EnvironmentCredentials());
}

}  // namespace

int main(int argc, char** argv) {
  using namespace locus;
  BlockStopSignals();
  config::v1::Worker config = worker::DefaultConfig();
  const int exit_code = ParseDaemonCommandLine(argc, argv, "locus-worker",
                                               "Caches blocks of an under-store on this node, or watches those of "
                                               "an Alluxio worker, and tells locus-meta which ones.",
                                               &config, [&config] { return worker::CheckConfig(config); });
  if (exit_code >= 0) return exit_code;
  ConfigureLog(config.log().level(), config.log().format());

  const SystemClock clock;
  const std::unique_ptr<worker::Daemon> server = MakeDaemon(config, clock);
  const std::vector<std::string> problems = server->Start();
  if (!problems.empty()) {
    std::cerr << "locus-worker: cannot start:\n";
    for (const std::string& problem : problems) std::cerr << problem << "\n";
    return 1;
  }
  LogInfo("locus-worker runs", {{"version", Version()},
                                {"mode", config.mode()},
                                {"node", config.node()},
                                {"announced", worker::AnnouncedHost(config)},
                                {"data_port", server->data_port()},
                                {"admin_port", server->admin_port()}});
  const int signal_number = WaitForStopSignal();
  LogInfo("stopping", {{"signal", signal_number}});
  EndProcessAfter(kGrace);
  server->Stop();
  return 0;
}
