// locus-extender: composition only.
#include <iostream>
#include <random>

#include "common/config.h"
#include "common/grpc_server.h"
#include "common/lifecycle.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/status.h"
#include "extender/config.h"
#include "extender/explain/decision_ring.h"
#include "extender/http/call_metrics.h"
#include "extender/http/routes.h"
#include "extender/http/verbs.h"
#include "extender/locality/watched_locality.h"

namespace {

constexpr char kName[] = "locus-extender";
constexpr char kSummary[] = "Scores nodes for kube-scheduler by the cached bytes of a pod's input.";

// A filter call at 5,000 nodes passes four buffers of a quarter of a megabyte; this is room for 64 such calls at once.
constexpr size_t kKeptMemory = 64 << 20;

int Fail(const absl::Status& status) {
  std::cerr << kName << ": " << locus::MessageOf(status) << "\n";
  return 1;
}

int Serve(const locus::config::v1::Extender& config) {
  using namespace locus::extender;
  const locus::SystemClock clock;
  locus::Metrics metrics;
  const CallMetrics call_metrics(metrics);
  DecisionRing ring(config.explain().ring());
  WatchedLocality locality(locus::MakeChannel(config.metadata().target()),
                           WatchOptionsOf(config, std::random_device()()), clock, metrics);
  metrics.OnRender([&locality] { locality.UpdateGauges(); });
  const VerbOptions options = VerbOptionsOf(config);
  Verbs verbs(options, locality, ring, call_metrics, clock);
  locus::HttpServer server(HttpOptionsOf(config), &metrics);
  AddRoutes(server, {verbs, ring, locality, metrics, locus::ConfigToJson(config), options.budget, clock.WallNow()});

  // Before the server: the first pod then finds the stream open.
  locality.Start();
  if (const absl::Status status = server.Start(); !status.ok()) return Fail(status);
  if (const absl::Status status = locus::WritePortFile(config.listen().port_file(), server.port()); !status.ok()) {
    return Fail(status);
  }
  locus::LogInfo("serving", {{"address", config.listen().address()},
                             {"port", server.port()},
                             {"metadata", config.metadata().target()},
                             {"version", locus::Version()}});
  const int signal = locus::WaitForStopSignal();
  locus::LogInfo("stopping", {{"signal", signal}});
  server.Stop();
  locality.Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  locus::BlockStopSignals();
  locus::KeepFreedMemory(kKeptMemory);
  locus::config::v1::Extender config = locus::extender::DefaultConfig();
  const int exit_code = locus::ParseDaemonCommandLine(argc, argv, kName, kSummary, &config);
  if (exit_code >= 0) return exit_code;
  locus::ConfigureLog(config.log().level(), config.log().format());
  return Serve(config);
}
