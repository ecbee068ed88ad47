// locus-extender: composition only.
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
#include "extender/environment.h"
#include "extender/explain/decision_ring.h"
#include "extender/http/call_metrics.h"
#include "extender/http/routes.h"
#include "extender/http/verbs.h"
#include "extender/locality/block_sampler.h"
#include "extender/locality/grpc_sample_source.h"
#include "extender/locality/watched_locality.h"
#include "extender/secured.h"

namespace {

constexpr char kName[] = "locus-extender";
constexpr char kSummary[] = "Scores nodes for kube-scheduler by the cached bytes of a pod's input.";

// A filter call at 5,000 nodes passes four buffers of a quarter of a megabyte; this is room for 64 such calls at once.
constexpr size_t kKeptMemory = 64 << 20;

int Fail(const absl::Status& status) {
  std::cerr << kName << ": " << locus::MessageOf(status) << "\n";
  return 1;
}

absl::Status Open(locus::HttpServer& server, const locus::config::v1::Listen& listen) {
  if (const absl::Status status = server.Start(); !status.ok()) return status;
  return locus::WritePortFile(listen.port_file(), server.port());
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
  const auto side = ClusterSide::Create(config, ReadEnvironment(*secured), locality, ring, clock, metrics);
  if (!side.ok()) return Fail(side.status());
  ClusterSide& kubernetes = **side;
  const VerbOptions options = VerbOptionsOf(config);
  Verbs verbs(options, {locality, kubernetes.cluster(), kubernetes.refusals(), ring, kubernetes.listener(),
                        call_metrics, clock});
  locus::HttpServer server(secured->http, &metrics);
  const RouteDependencies pages{verbs,
                                ring,
                                locality,
                                kubernetes.cluster(),
                                metrics,
                                locus::ConfigToJson(config),
                                options,
                                clock.WallNow(),
                                [&kubernetes] { return kubernetes.Condition(); },
                                [&kubernetes] { return kubernetes.Facts(); },
                                clock};
  AddRoutes(server, pages);
  // Its requests are not counted: that metric is about kube-scheduler.
  locus::HttpServer admin(secured->admin);
  AddOperatorRoutes(admin, pages);

  // Before the server: the first pod then finds the stream open.
  locality.Start();
  samples.Start();
  kubernetes.Start();
  absl::Status open = Open(server, config.listen());
  if (open.ok() && config.admin().enabled()) open = Open(admin, config.admin().listen());
  if (!open.ok()) return Fail(open);
  locus::LogInfo("serving", {{"address", config.listen().address()},
                             {"port", server.port()},
                             {"metadata", config.metadata().target()},
                             {"version", locus::Version()}});
  const int signal = locus::WaitForStopSignal();
  locus::LogInfo("stopping", {{"signal", signal}});
  server.Stop();
  admin.Stop();
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
