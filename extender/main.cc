// locus-extender: composition only.
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "common/config.h"
#include "common/grpc_server.h"
#include "common/lifecycle.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/security.h"
#include "common/status.h"
#include "extender/cluster_side.h"
#include "extender/config.h"
#include "extender/explain/decision_ring.h"
#include "extender/http/call_metrics.h"
#include "extender/http/routes.h"
#include "extender/http/verbs.h"
#include "extender/http_side.h"
#include "extender/locality/block_sampler.h"
#include "extender/locality/grpc_sample_source.h"
#include "extender/locality/watched_locality.h"
#include "extender/secured.h"

namespace {

constexpr char kName[] = "locus-extender";
constexpr char kSummary[] = "Scores nodes for kube-scheduler by the cached bytes of a pod's input.";

// A filter call at 5,000 nodes passes four buffers of a quarter of a megabyte; this is room for 64 such calls at once.
constexpr size_t kKeptMemory = 64 << 20;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string HostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "locus-extender";
}

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
  locus::Security security(clock, metrics);
  const auto secured = Secure(config, security);
  if (!secured.ok()) return Fail(secured.status());
  const auto channel = locus::MakeChannel(config.metadata().target(), secured->to_metadata);
  GrpcSampleSource sample_source(channel);
  BlockSampler samples(sample_source, SamplerOptionsOf(config), clock, metrics);
  WatchedLocality locality(channel, WatchOptionsOf(config, std::random_device()()), clock, metrics, &samples);
  metrics.OnRender([&samples, &locality] {
    samples.UpdateGauges();
    locality.UpdateGauges();
  });
  const ClusterSideEnvironment environment = {std::random_device()(),
                                              Variable("KUBERNETES_SERVICE_HOST"),
                                              Variable("KUBERNETES_SERVICE_PORT"),
                                              HostName(),
                                              secured->to_metadata,
                                              secured->to_workers};
  const auto side = ClusterSide::Create(config, environment, locality, ring, clock, metrics);
  if (!side.ok()) return Fail(side.status());
  ClusterSide& kubernetes = **side;
  const VerbOptions options = VerbOptionsOf(config);
  Verbs verbs(options, {locality, kubernetes.cluster(), kubernetes.refusals(), ring, kubernetes.listener(),
                        call_metrics, clock});
  const auto condition = [&kubernetes] { return kubernetes.Condition(); };
  const auto facts = [&kubernetes] { return kubernetes.Facts(); };
  const auto applications = [&kubernetes](size_t limit) { return kubernetes.Applications(limit); };
  const std::string shown = locus::ConfigToJson(config);
  HttpSide http(*secured,
                {verbs, ring, locality, kubernetes.cluster(), metrics, shown, options, clock.WallNow(), condition,
                 facts, clock, applications},
                metrics);

  // Before the server: the first pod then finds the stream open.
  locality.Start();
  samples.Start();
  kubernetes.Start();
  if (const absl::Status open = http.Open(config); !open.ok()) return Fail(open);
  locus::LogInfo("serving", {{"address", config.listen().address()},
                             {"port", http.port()},
                             {"metadata", config.metadata().target()},
                             {"version", locus::Version()}});
  const int signal = locus::WaitForStopSignal();
  locus::LogInfo("stopping", {{"signal", signal}});
  http.Stop();
  kubernetes.Stop();
  samples.Stop();
  locality.Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  locus::BlockStopSignals();
  locus::KeepFreedMemory(kKeptMemory);
  locus::config::v1::Extender config = locus::extender::DefaultConfig();
  const int exit_code = locus::ParseDaemonCommandLine(argc, argv, kName, kSummary, &config,
                                                      [&config] { return locus::extender::CheckConfig(config); });
  if (exit_code >= 0) return exit_code;
  locus::ConfigureLog(config.log().level(), config.log().format());
  return Serve(config);
}
