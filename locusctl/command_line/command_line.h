// What the user asks for: arguments and environment into one value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "locusctl/access/client_files.h"
#include "locusctl/caches/keep.h"
#include "locusctl/caches/load.h"
#include "locusctl/caches/top.h"
#include "locusctl/doctor/doctor.h"
#include "locusctl/explain.h"
#include "locusctl/installation/checkup.h"
#include "locusctl/output.h"
#include "locusctl/plan.h"
#include "locusctl/servers/http_decision_source.h"
#include "locusctl/spark/spark_conf.h"
#include "locusctl/spark/submit.h"
#include "locusctl/table.h"
#include "locusctl/watch.h"

namespace locus::ctl {

// What main reads from the process, so that nothing else does. Empty texts: not set.
struct Environment {
  // argv[0].
  std::string program_path;
  std::string meta;       // LOCUS_META
  std::string extender;   // LOCUS_EXTENDER
  std::string front;      // LOCUS_FRONT
  std::string columns;    // COLUMNS
  std::string no_color;   // NO_COLOR, https://no-color.org: any text means no colour
  std::string term;       // TERM
  bool terminal = false;  // standard output is one
  int terminal_columns = 0;
  std::string kubeconfig;  // KUBECONFIG
  std::string home;        // HOME
  std::string kube_host;   // KUBERNETES_SERVICE_HOST
  std::string kube_port;   // KUBERNETES_SERVICE_PORT
  ClientFiles files;       // LOCUS_CA, LOCUS_CERT, LOCUS_KEY, LOCUS_SERVER_NAME, LOCUS_TOKEN_FILE
  SparkEnvironment spark;
};

enum class Verb {
  kLocality,
  kExplain,
  kDecisions,
  kWorkers,
  kMounts,
  kWatch,
  kLoad,
  kKeep,
  kPlan,
  kSparkConf,
  kSubmit,
  kDoctor,
  kStatus,
  kDoctorCluster,
  kCompletion,
  kManual
};

struct HttpServerName {
  // As the user wrote it.
  std::string url;
  HttpEndpoint endpoint;
};

struct Invocation {
  Verb verb = Verb::kLocality;
  std::string program;
  Style style;
  std::string meta;
  HttpServerName extender;
  // Of verbs that look at the whole installation, instead of the two.
  std::vector<std::string> metas;
  std::vector<HttpServerName> extenders;
  // What the servers are shown.
  ClientFiles files;
  Duration timeout{};
  Format format = Format::kTable;
  std::vector<std::string> inputs;
  ExplainOptions explain;
  WatchOptions watch;
  LoadOptions load;
  KeepOptions keep;
  TopOptions top;
  PlanOptions plan;
  SparkConfOptions spark_conf;
  SubmitOptions submit;
  DoctorOptions doctor;
  CheckupOptions checkup;
  SparkEnvironment spark_environment;
  uint32_t limit = 0;
};

struct CommandLine {
  // Absent: print `out` and `err`, end with `exit_code` (help, version, or a mistake with what to write instead).
  std::optional<Invocation> invocation;
  int exit_code = 0;
  std::string out;
  std::string err;
};

// `arguments` without argv[0]. Flags win over the environment. Help, version, completion and the manual come back as
// text.
CommandLine ParseCommandLine(const std::vector<std::string>& arguments, const Environment& environment);

// "locusctl", or "kubectl locus" when called as the plugin kubectl-locus or its completion kubectl_complete-locus.
std::string ProgramName(std::string_view path);

// Colour as `color` says (auto, always, never), auto: on a terminal that can and may; COLUMNS, else the terminal's
// width, else 100.
Style StyleFor(const Environment& environment, std::string_view color);

}  // namespace locus::ctl
