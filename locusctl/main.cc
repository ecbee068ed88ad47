// locusctl: composition only.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "common/clock.h"
#include "locusctl/command_line/command_line.h"
#include "locusctl/run.h"

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
  environment.kubeconfig = Variable("KUBECONFIG");
  environment.home = Variable("HOME");
  environment.kube_host = Variable("KUBERNETES_SERVICE_HOST");
  environment.kube_port = Variable("KUBERNETES_SERVICE_PORT");
  environment.spark = {Variable("PATH"), Variable("SPARK_HOME"), Variable("SPARK_CONF_DIR"), Variable("MASTER"),
                       Variable("TMPDIR")};
  environment.files = {Variable("LOCUS_CA"), Variable("LOCUS_CERT"), Variable("LOCUS_KEY"),
                       Variable("LOCUS_SERVER_NAME"), Variable("LOCUS_TOKEN_FILE")};
  environment.terminal = isatty(STDOUT_FILENO) == 1;
  winsize size{};
  if (environment.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) environment.terminal_columns = size.ws_col;
  return environment;
}

}  // namespace

int main(int argc, char** argv) {
  // gRPC logs connection attempts of its own accord; the errors here say it better. A caller's setting wins.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  const Environment environment = ReadEnvironment(argc > 0 ? argv[0] : "");
  const CommandLine command_line = ParseCommandLine({argv + (argc > 0 ? 1 : 0), argv + argc}, environment);
  std::cout << command_line.out;
  std::cerr << command_line.err;
  if (!command_line.invocation) return command_line.exit_code;
  const Invocation& invocation = *command_line.invocation;
  const locus::SystemClock clock;
  return RunVerb(invocation, environment, std::random_device()(), clock,
                 {std::cout, std::cerr, invocation.style, invocation.program, invocation.format});
}
