#include "locusctl/run.h"

#include <memory>
#include <string>
#include <utility>

#include "common/lifecycle.h"
#include "common/status.h"
#include "kube/credentials.h"
#include "kube/http_asker.h"
#include "locusctl/access/client_files.h"
#include "locusctl/decisions.h"
#include "locusctl/doctor/doctor.h"
#include "locusctl/explain.h"
#include "locusctl/installation/checkup.h"
#include "locusctl/installation/status.h"
#include "locusctl/locality.h"
#include "locusctl/mounts.h"
#include "locusctl/plan.h"
#include "locusctl/run_live.h"
#include "locusctl/servers/dialer.h"
#include "locusctl/servers/grpc_application_source.h"
#include "locusctl/servers/grpc_locality_source.h"
#include "locusctl/servers/kube_access.h"
#include "locusctl/spark/child_process.h"
#include "locusctl/spark/spark_conf.h"
#include "locusctl/spark/submit.h"
#include "locusctl/text.h"
#include "locusctl/workers.h"

namespace locus::ctl {
namespace {

int Submit(const Invocation& invocation, const Output& output) {
  // spark-submit gets them; this one has a folder to remove.
  BlockStopSignals();
  return RunSubmit(invocation.submit, invocation.spark_environment, &RunChild, output);
}

int Doctor(const Invocation& invocation, const Dialer& dialer, const Output& output) {
  const DoctorOptions& options = invocation.doctor;
  GrpcApplicationSource applications(invocation.meta, dialer);
  GrpcLocalitySource locality(invocation.meta, dialer);
  const std::unique_ptr<DecisionSource> ui = dialer.ForeignHttp(options.spark_ui, options.spark_ui_endpoint);
  return RunDoctor(options, applications, locality, options.spark_ui.empty() ? nullptr : ui.get(), output);
}

InstallationSources Installation(const Invocation& invocation, const Dialer& dialer) {
  InstallationSources sources;
  for (const HttpServerName& server : invocation.extenders) {
    sources.extenders.push_back(dialer.Http(server.url, server.endpoint));
  }
  for (const std::string& meta : invocation.metas) {
    sources.metas.push_back(std::make_unique<GrpcLocalitySource>(meta, dialer));
  }
  return sources;
}

int DoctorCluster(const Invocation& invocation, const Environment& environment, const Dialer& dialer,
                  const Clock& clock, const Output& output) {
  const CheckupOptions& options = invocation.checkup;
  const KubeAccess access = FindKubeAccess({options.kubeconfig, options.api_server, environment.kubeconfig,
                                            environment.home, environment.kube_host, environment.kube_port});
  std::unique_ptr<kube::Asker> asker;
  if (access.credentials) {
    asker =
        std::make_unique<kube::HttpAsker>(*access.credentials, kube::HttpAskerOptions{"locusctl", invocation.timeout});
  }
  return RunCheckup(options, Installation(invocation, dialer), asker.get(), access.name, clock, output);
}

}  // namespace

int RunVerb(const Invocation& invocation, const Environment& environment, uint64_t seed, const Clock& clock,
            const Output& output) {
  absl::StatusOr<ClientSecurity> security = ReadClientFiles(invocation.files);
  if (!security.ok()) {
    output.err << invocation.program << ": " << SafeText(MessageOf(security.status())) << "\n";
    return kUsage;
  }
  const Dialer dialer(invocation.timeout, clock, invocation.files, *std::move(security));
  GrpcLocalitySource meta(invocation.meta, dialer);
  const std::unique_ptr<DecisionSource> extender = dialer.Http(invocation.extender.url, invocation.extender.endpoint);
  switch (invocation.verb) {
    case Verb::kLocality: return RunLocality(invocation.inputs, meta, output);
    case Verb::kExplain: return RunExplain(invocation.explain, *extender, output);
    case Verb::kDecisions: return RunDecisions(invocation.limit, *extender, output);
    case Verb::kWorkers:
      return invocation.top.wanted ? RunLiveTop(invocation, meta, dialer, clock, output) : RunWorkers(meta, output);
    case Verb::kMounts: return RunMounts(meta, output);
    case Verb::kWatch: return RunLiveWatch(invocation, seed, dialer, clock, output);
    case Verb::kLoad: return RunLiveLoad(invocation, meta, dialer, clock, output);
    case Verb::kKeep: return RunKeepCalls(invocation, meta, dialer, output);
    case Verb::kPlan: return RunPlan(invocation.plan, *extender, output);
    case Verb::kSparkConf: return RunSparkConf(invocation.spark_conf, output);
    case Verb::kSubmit: return Submit(invocation, output);
    case Verb::kDoctor: return Doctor(invocation, dialer, output);
    case Verb::kStatus: return RunStatus(Installation(invocation, dialer), output);
    case Verb::kDoctorCluster: return DoctorCluster(invocation, environment, dialer, clock, output);
    // The command line itself has answered these.
    case Verb::kCompletion:
    case Verb::kManual: break;
  }
  return kUsage;
}

}  // namespace locus::ctl
