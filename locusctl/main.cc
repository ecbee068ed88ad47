// locusctl: composition only.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/lifecycle.h"
#include "locusctl/child_process.h"
#include "locusctl/command_line.h"
#include "locusctl/decisions.h"
#include "locusctl/doctor/doctor.h"
#include "locusctl/doctor/grpc_application_source.h"
#include "locusctl/explain.h"
#include "locusctl/grpc_locality_source.h"
#include "locusctl/http_decision_source.h"
#include "locusctl/locality.h"
#include "locusctl/mounts.h"
#include "locusctl/output.h"
#include "locusctl/plan.h"
#include "locusctl/run_live.h"
#include "locusctl/spark_conf.h"
#include "locusctl/submit.h"
#include "locusctl/workers.h"

namespace {

using namespace locus::ctl;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Environment ReadEnvironment(const char* program_path) {
  Environment environment;
  environment.program_path = program_path;
  environment.meta = Variable("LOCUS_META");
  environment.extender = Variable("LOCUS_EXTENDER");
  environment.front = Variable("LOCUS_FRONT");
  environment.columns = Variable("COLUMNS");
  environment.no_color = Variable("NO_COLOR");
  environment.term = Variable("TERM");
  environment.spark = {Variable("PATH"), Variable("SPARK_HOME"), Variable("SPARK_CONF_DIR"), Variable("MASTER"),
                       Variable("TMPDIR")};
  environment.terminal = isatty(STDOUT_FILENO) == 1;
  winsize size{};
  if (environment.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) environment.terminal_columns = size.ws_col;
  return environment;
}

int Submit(const Invocation& invocation, const Output& output) {
  // spark-submit gets them; this one has a folder to remove.
  locus::BlockStopSignals();
  return RunSubmit(invocation.submit, invocation.spark_environment, &RunChild, output);
}

int Doctor(const Invocation& invocation, const locus::Clock& clock, const Output& output) {
  const DoctorOptions& options = invocation.doctor;
  GrpcApplicationSource applications(invocation.meta, invocation.timeout, clock);
  GrpcLocalitySource locality(invocation.meta, invocation.timeout, clock);
  HttpDecisionSource ui(options.spark_ui, options.spark_ui_endpoint, invocation.timeout);
  return RunDoctor(options, applications, locality, options.spark_ui.empty() ? nullptr : &ui, output);
}

int Run(const Invocation& invocation) {
  const locus::SystemClock clock;
  const Output output{std::cout, std::cerr, invocation.style, invocation.program, invocation.json};
  GrpcLocalitySource meta(invocation.meta, invocation.timeout, clock);
  HttpDecisionSource extender(invocation.extender, invocation.extender_endpoint, invocation.timeout);
  switch (invocation.verb) {
    case Verb::kLocality: return RunLocality(invocation.inputs, meta, output);
    case Verb::kExplain: return RunExplain(invocation.explain, extender, output);
    case Verb::kDecisions: return RunDecisions(invocation.limit, extender, output);
    case Verb::kWorkers:
      return invocation.top.wanted ? RunLiveTop(invocation, meta, clock, output) : RunWorkers(meta, output);
    case Verb::kMounts: return RunMounts(meta, output);
    case Verb::kWatch: return RunLiveWatch(invocation, std::random_device()(), clock, output);
    case Verb::kLoad: return RunLiveLoad(invocation, meta, clock, output);
    case Verb::kKeep: return RunKeepCalls(invocation, meta, clock, output);
    case Verb::kPlan: return RunPlan(invocation.plan, extender, output);
    case Verb::kSparkConf: return RunSparkConf(invocation.spark_conf, output);
    case Verb::kSubmit: return Submit(invocation, output);
    case Verb::kDoctor: return Doctor(invocation, clock, output);
  }
  return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  // gRPC logs connection attempts of its own accord; the errors here say it better. A caller's setting wins.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  const CommandLine command_line =
      ParseCommandLine(std::vector<std::string>(argv + 1, argv + argc), ReadEnvironment(argc > 0 ? argv[0] : ""));
  std::cout << command_line.out;
  std::cerr << command_line.err;
  return command_line.invocation ? Run(*command_line.invocation) : command_line.exit_code;
}
