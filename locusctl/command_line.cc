#include "locusctl/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

#include "common/config.h"
#include "common/status.h"
#include "common/units.h"
#include "locusctl/command_line_spark.h"
#include "locusctl/command_line_workers.h"
#include "locusctl/output.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 ok; 1 the answer is no (unknown input, no decision on record, no worker, a broken layer); 2 usage;\n"
    "3 no usable answer from the server; 4 doctor cannot judge all. Names from servers are printed with control\n"
    "characters escaped. --json: see docs/locusctl.md.\n";

constexpr Duration kMinTimeout = std::chrono::milliseconds(1);
constexpr Duration kMaxTimeout = std::chrono::hours(1);
constexpr Duration kMaxWatch = std::chrono::hours(24 * 30);
// GetLocalityRequest.inputs.
constexpr size_t kMaxInputs = 64;
constexpr uint32_t kDefaultLimit = 20;
// Extender.Explain.ring at its largest.
constexpr uint32_t kMaxLimit = 1'000'000;
// kMaxPlannedExecutors of the extender.
constexpr uint32_t kMaxExecutors = 10'000;
constexpr size_t kMinWidth = 40;
constexpr size_t kMaxWidth = 1000;
constexpr size_t kDefaultWidth = 100;

// The texts as CLI11 fills them, before they are checked.
struct Raw {
  std::string timeout = "5s";
  std::string pod;
  std::string space = "default";
  std::string watch_for;
  std::string doctor_pod;
  RawSpark conf;
  RawSpark submit;
  RawWorkerFlags workers;
};

std::string OrDefault(const std::string& text, const char* otherwise) { return text.empty() ? otherwise : text; }

absl::Status CheckMeta(const std::string& target) {
  const size_t colon = target.rfind(':');
  int port = 0;
  const char* digits = colon == std::string::npos ? target.data() + target.size() : target.data() + colon + 1;
  const auto [end, error] = std::from_chars(digits, target.data() + target.size(), port);
  const bool whole = error == std::errc() && end == target.data() + target.size();
  if (colon == 0 || !whole || port < 1 || port > 65535 || target.find("://") != std::string::npos) {
    return InvalidArgument("--meta (or LOCUS_META): '" + target +
                           "' is not HOST:PORT; write for example 127.0.0.1:8910");
  }
  return absl::OkStatus();
}

absl::Status FinishWatch(const Raw& raw, Invocation& invocation) {
  WatchOptions& watch = invocation.watch;
  // The same input twice would be one.
  for (const std::string& input : invocation.inputs) {
    if (std::find(watch.inputs.begin(), watch.inputs.end(), input) == watch.inputs.end()) watch.inputs.push_back(input);
  }
  watch.timeout = invocation.timeout;
  watch.live = watch.live && !invocation.json;
  if (raw.watch_for.empty()) return absl::OkStatus();
  const absl::StatusOr<Duration> at_most = ParseDuration(raw.watch_for);
  if (!at_most.ok()) return Annotate(at_most.status(), "--for");
  if (*at_most < kMinTimeout || *at_most > kMaxWatch) return InvalidArgument("--for: write 1ms to 720h");
  watch.at_most = *at_most;
  return absl::OkStatus();
}

absl::Status FinishDoctor(const Raw& raw, DoctorOptions& doctor) {
  if (raw.doctor_pod.empty() == doctor.application.empty()) {
    return InvalidArgument("name the application with --app ID, or one of its pods with --pod POD");
  }
  if (!raw.doctor_pod.empty()) {
    // A name for the space only lets the pod's be checked.
    LOCUS_ASSIGN_OR_RETURN(const PodName pod,
                           ParsePodName(raw.doctor_pod, doctor.space.empty() ? "any" : doctor.space));
    doctor.pod = pod.name;
    if (raw.doctor_pod.find('/') != std::string::npos) doctor.space = pod.space;
  }
  if (doctor.spark_ui.empty()) return absl::OkStatus();
  const absl::StatusOr<HttpEndpoint> endpoint = ParseHttpUrl(doctor.spark_ui);
  if (!endpoint.ok()) return InvalidArgument("--spark-ui: '" + doctor.spark_ui + "': write http://HOST:PORT");
  doctor.spark_ui_endpoint = *endpoint;
  return absl::OkStatus();
}

bool AsksMeta(Verb verb) {
  return verb == Verb::kLocality || verb == Verb::kWorkers || verb == Verb::kMounts || verb == Verb::kWatch ||
         verb == Verb::kLoad || verb == Verb::kKeep || verb == Verb::kDoctor;
}

// The checks that span more than CLI11 can see.
absl::Status Finish(const Raw& raw, const Environment& environment, Invocation& invocation) {
  const absl::StatusOr<Duration> timeout = ParseDuration(raw.timeout);
  if (!timeout.ok()) return Annotate(timeout.status(), "--timeout");
  if (*timeout < kMinTimeout || *timeout > kMaxTimeout) return InvalidArgument("--timeout: write 1ms to 1h");
  invocation.timeout = *timeout;
  if (invocation.verb == Verb::kExplain) {
    LOCUS_ASSIGN_OR_RETURN(invocation.explain.pod, ParsePodName(raw.pod, raw.space));
  }
  if (invocation.inputs.size() > kMaxInputs) {
    return InvalidArgument("at most 64 inputs at once; name the folder above them, or use a glob in quotes");
  }
  if (invocation.verb == Verb::kLoad) LOCUS_RETURN_IF_ERROR(FinishLoad(raw.workers, invocation.load));
  if (invocation.verb == Verb::kWorkers) LOCUS_RETURN_IF_ERROR(FinishTop(raw.workers, invocation.top));
  if (invocation.verb == Verb::kSparkConf) return FinishSpark(raw.conf, environment.front, invocation.spark_conf.spark);
  if (invocation.verb == Verb::kSubmit) return FinishSpark(raw.submit, environment.front, invocation.submit.spark);
  if (invocation.verb == Verb::kDoctor) LOCUS_RETURN_IF_ERROR(FinishDoctor(raw, invocation.doctor));
  if (invocation.verb == Verb::kWatch) LOCUS_RETURN_IF_ERROR(FinishWatch(raw, invocation));
  if (AsksMeta(invocation.verb)) return CheckMeta(invocation.meta);
  const absl::StatusOr<HttpEndpoint> endpoint = ParseHttpUrl(invocation.extender);
  if (!endpoint.ok()) return Annotate(endpoint.status(), "--extender (or LOCUS_EXTENDER)");
  invocation.extender_endpoint = *endpoint;
  return absl::OkStatus();
}

void AddVerbs(CLI::App& app, Raw& raw, Invocation& invocation) {
  CLI::App* locality = app.add_subcommand("locality", "which nodes hold how many bytes of these inputs, in which tier");
  locality->add_option("URI", invocation.inputs, "file, folder or glob: alluxio:///a/b, /a/b, s3a://bucket/x")
      ->required();
  locality->callback([&] { invocation.verb = Verb::kLocality; });

  CLI::App* explain = app.add_subcommand("explain", "why a pod went where it went: each term of each node's score");
  explain->add_option("POD", raw.pod, "POD or NAMESPACE/POD")->required();
  explain->add_option("-n,--namespace", raw.space, "of the pod, when it is not written before it")
      ->capture_default_str();
  explain->add_flag("--all", invocation.explain.all, "all decisions on record instead of the newest");
  explain->callback([&] { invocation.verb = Verb::kExplain; });

  CLI::App* decisions = app.add_subcommand("decisions", "the newest decisions of the extender, one line each");
  decisions->add_option("--limit", invocation.limit, "how many")
      ->check(CLI::Range(1u, kMaxLimit))
      ->capture_default_str();
  decisions->callback([&] { invocation.verb = Verb::kDecisions; });

  CLI::App* workers = app.add_subcommand("workers", "the cache workers: node, state, use of each tier, load");
  AddTopFlags(*workers, raw.workers, invocation.top);
  workers->callback([&] { invocation.verb = Verb::kWorkers; });

  CLI::App* mounts = app.add_subcommand("mounts", "which under-store folder each part of the namespace shows");
  mounts->callback([&] { invocation.verb = Verb::kMounts; });

  CLI::App* watch = app.add_subcommand("watch", "how these inputs are cached, while that changes; Ctrl-C ends it");
  watch->add_option("URI", invocation.inputs, "as of locality")->required();
  watch->add_option("--until", invocation.watch.until, "ends when this part of every input is cached: 0 to 1")
      ->check(CLI::Range(0.0, 1.0));
  watch->add_option("--for", raw.watch_for, "ends after this time, such as 10m");
  watch->callback([&] { invocation.verb = Verb::kWatch; });

  CLI::App* load =
      app.add_subcommand("load", "brings a file or folder into the caches; Ctrl-C stops, and it goes on later");
  AddLoadFlags(*load, raw.workers, invocation.load);
  load->callback([&] { invocation.verb = Verb::kLoad; });

  for (const auto& [verb, help] : {std::pair{KeepVerb::kPin, "keeps what is cached of a file or folder from eviction"},
                                   std::pair{KeepVerb::kUnpin, "lets it go again, when room is needed"},
                                   std::pair{KeepVerb::kEvict, "drops what is cached of a file or folder"}}) {
    CLI::App* keep = app.add_subcommand(WordOf(verb), help);
    AddKeepFlags(*keep, invocation.keep);
    keep->callback([&invocation, verb = verb] {
      invocation.verb = Verb::kKeep;
      invocation.keep.verb = verb;
    });
  }

  CLI::App* plan = app.add_subcommand("plan", "where executors would go, and how much they would read locally");
  PlanOptions& options = invocation.plan;
  plan->add_option("--inputs", options.inputs, "what they read, as of locality; separated by commas")
      ->delimiter(',')
      ->required();
  plan->add_option("--executors", options.executors, "how many")->check(CLI::Range(1u, kMaxExecutors))->required();
  plan->add_option("--share", options.share, "bytes that one of them reads, such as 4GiB; default: an equal part");
  plan->add_option("--layout", options.layout, "spread or pack")->check(CLI::IsMember({"spread", "pack"}));
  plan->add_option("--cpu", options.cpu, "what one of them requests, such as 2 or 1500m; default 1");
  plan->add_option("--memory", options.memory, "likewise, such as 4GiB; default 1408MiB");
  plan->callback([&] { invocation.verb = Verb::kPlan; });
}

void AddSparkVerbs(CLI::App& app, Raw& raw, Invocation& invocation) {
  CLI::App* conf = app.add_subcommand("spark-conf", "what spark-submit has to be told for local pods, tasks and reads");
  AddSparkFlags(*conf, raw.conf, invocation.spark_conf.spark);
  conf->add_option("--template", invocation.spark_conf.template_file, "your own pod template of executors, to join");
  conf->add_option("--properties", invocation.spark_conf.properties_file,
                   "your own properties, such as conf/spark-defaults.conf, to join");
  conf->add_option("--output", invocation.spark_conf.folder,
                   "folder for locus.properties and executor.yaml; default: print");
  conf->callback([&] { invocation.verb = Verb::kSparkConf; });

  CLI::App* submit = app.add_subcommand("submit", "runs spark-submit with all of that: submit [FLAGS] -- ARGUMENTS");
  AddSparkFlags(*submit, raw.submit, invocation.submit.spark);
  submit->add_option("--spark-submit", invocation.submit.spark_submit,
                     "the program; default: that of SPARK_HOME, else of PATH");
  submit->add_flag("--dry-run", invocation.submit.dry_run, "print the command and the pod template, run nothing");
  submit->footer("Behind -- stand the arguments of spark-submit. Its exit code is that of locusctl.");
  submit->callback([&] { invocation.verb = Verb::kSubmit; });

  CLI::App* doctor = app.add_subcommand("doctor", "what keeps a running Spark application from reading locally");
  DoctorOptions& options = invocation.doctor;
  CLI::Option* id = doctor->add_option("--app", options.application, "its id, the label spark-app-selector");
  doctor->add_option("--pod", raw.doctor_pod, "POD or NAMESPACE/POD: one of its pods")->excludes(id);
  doctor->add_option("-n,--namespace", options.space, "of the application; default: any");
  doctor->add_option("--spark-ui", options.spark_ui, "URL of the driver's web UI, for the localities of tasks");
  doctor->add_option("--scheduler", options.scheduler, "the scheduler that asks Locus")->capture_default_str();
  doctor->callback([&] { invocation.verb = Verb::kDoctor; });
}

}  // namespace

std::string ProgramName(std::string_view path) {
  const std::string_view base = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  return base == "kubectl-locus" ? "kubectl locus" : "locusctl";
}

Style StyleFor(const Environment& environment) {
  Style style;
  style.colour = environment.terminal && environment.no_color.empty() && environment.term != "dumb";
  size_t width = 0;
  const std::string& columns = environment.columns;
  const auto [end, error] = std::from_chars(columns.data(), columns.data() + columns.size(), width);
  if (error != std::errc() || end != columns.data() + columns.size() || width == 0) {
    width = environment.terminal_columns > 0 ? static_cast<size_t>(environment.terminal_columns) : kDefaultWidth;
  }
  style.width = std::min(std::max(width, kMinWidth), kMaxWidth);
  return style;
}

namespace {

// What stands behind "--" of submit is for another program. Cuts it off `arguments`.
std::vector<std::string> CutForeign(std::vector<std::string>& arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (std::find(arguments.begin(), dashes, "submit") == dashes || dashes == arguments.end()) return {};
  std::vector<std::string> foreign(dashes + 1, arguments.end());
  arguments.erase(dashes, arguments.end());
  return foreign;
}

}  // namespace

CommandLine ParseCommandLine(const std::vector<std::string>& arguments, const Environment& environment) {
  Raw raw;
  Invocation invocation;
  invocation.limit = kDefaultLimit;
  invocation.program = ProgramName(environment.program_path);
  invocation.style = StyleFor(environment);
  invocation.spark_environment = environment.spark;
  const bool live = environment.terminal && environment.term != "dumb";
  invocation.watch.live = live;
  invocation.load.live = live;
  invocation.top.live = live;
  invocation.meta = OrDefault(environment.meta, "127.0.0.1:8910");
  invocation.extender = OrDefault(environment.extender, "http://127.0.0.1:8900");
  CLI::App app{"Shows where cached data is and why pods went where they went.", invocation.program};
  app.footer(kFooter);
  app.require_subcommand(1);
  // Flags may stand before and after the verb.
  app.fallthrough();
  app.set_version_flag("--version", "locusctl " + std::string(Version()));
  app.add_option("--meta", invocation.meta, "gRPC address of locus-meta, HOST:PORT; env LOCUS_META")
      ->capture_default_str();
  app.add_option("--extender", invocation.extender, "URL of locus-extender; env LOCUS_EXTENDER")->capture_default_str();
  app.add_option("--timeout", raw.timeout, "how long to wait for a server")->capture_default_str();
  app.add_flag("--json", invocation.json, "print JSON for programs instead of tables");
  AddVerbs(app, raw, invocation);
  AddSparkVerbs(app, raw, invocation);

  CommandLine result;
  try {
    // CLI11 takes the last argument first.
    std::vector<std::string> mine = arguments;
    invocation.submit.arguments = CutForeign(mine);
    app.parse(std::vector<std::string>(mine.rbegin(), mine.rend()));
  } catch (const CLI::ParseError& e) {
    std::ostringstream out, err;
    result.exit_code = app.exit(e, out, err) == 0 ? kOk : kUsage;
    result.out = out.str();
    if (result.exit_code != kOk) {
      // CLI11 says only that a verb is missing when the one given is misspelt.
      const bool verb = !app.get_subcommands().empty();
      result.err = invocation.program + ": " +
                   (verb ? SafeText(e.what())
                         : "write one of the verbs locality, explain, decisions, workers, mounts, watch, load, pin, "
                           "unpin, evict, plan, spark-conf, submit, doctor") +
                   "\n  Run '" + invocation.program + " --help' for usage.\n";
    }
    return result;
  }
  const absl::Status status = Finish(raw, environment, invocation);
  if (!status.ok()) {
    result.exit_code = kUsage;
    result.err = invocation.program + ": " + SafeText(MessageOf(status)) + "\n";
    return result;
  }
  result.invocation = std::move(invocation);
  return result;
}

}  // namespace locus::ctl
