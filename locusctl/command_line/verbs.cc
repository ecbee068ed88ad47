#include "locusctl/command_line/verbs.h"

#include <string>
#include <utility>

#include "common/config.h"

namespace locus::ctl {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 ok; 1 the answer is no (unknown input, no decision on record, no worker, a broken layer, something\n"
    "degraded); 2 usage; 3 no usable answer from the server; 4 doctor cannot judge all. Names from servers are "
    "printed\n"
    "with control characters escaped. Formats for programs: docs/locusctl-formats.md.\n";

// Extender.Explain.ring at its largest.
constexpr uint32_t kMaxLimit = 1'000'000;
// kMaxPlannedExecutors of the extender.
constexpr uint32_t kMaxExecutors = 10'000;

void AddSharedFlags(CLI::App& app, RawFlags& raw) {
  app.set_version_flag("--version", "locusctl " + std::string(Version()), "print the version");
  app.add_option("--meta", raw.meta,
                 "gRPC address of locus-meta; of status and doctor cluster: several, separated by commas; env "
                 "LOCUS_META")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  app.add_option("--extender", raw.extender,
                 "URL of locus-extender; of status and doctor cluster: several, separated by commas; env "
                 "LOCUS_EXTENDER")
      ->type_name("URL")
      ->capture_default_str();
  app.add_option("--timeout", raw.timeout, "how long to wait for a server")
      ->type_name("DURATION")
      ->capture_default_str();
  CLI::Option* output = app.add_option("-o,--output", raw.output, "tables for people, or one document for programs")
                            ->check(CLI::IsMember({"table", "json", "yaml"}))
                            ->type_name("FORMAT")
                            ->capture_default_str();
  app.add_flag("--json", raw.json, "the same as --output json")->excludes(output);
  app.add_option("--color", raw.color, "auto: on a terminal, unless NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->capture_default_str();
}

// docs/security.md. Without defaults in the help: they are files of one person.
void AddAccessFlags(CLI::App& app, ClientFiles& files) {
  app.add_option("--ca", files.ca, "PEM of the authorities to trust; with one of these, gRPC is by TLS; env LOCUS_CA")
      ->type_name("FILE");
  app.add_option("--cert", files.certificate, "PEM of the certificate to show; env LOCUS_CERT")->type_name("FILE");
  app.add_option("--key", files.key, "PEM of its key; env LOCUS_KEY")->type_name("FILE");
  app.add_option("--server-name", files.server_name,
                 "in the certificates of gRPC servers, where it is not their address; env LOCUS_SERVER_NAME")
      ->type_name("NAME");
  app.add_option("--token-file", files.token_file, "with the bearer token to show; env LOCUS_TOKEN_FILE")
      ->type_name("FILE");
}

void AddLookingVerbs(CLI::App& app, RawFlags& raw, Invocation& invocation) {
  CLI::App* status =
      app.add_subcommand("status", "whether everything of Locus is well, and what to do where it is not");
  status->callback([&] { invocation.verb = Verb::kStatus; });

  CLI::App* locality = app.add_subcommand("locality", "which nodes hold how many bytes of these inputs, in which tier");
  locality->add_option("URI", invocation.inputs, "file, folder or glob: alluxio:///a/b, /a/b, s3a://bucket/x")
      ->required();
  locality->callback([&] { invocation.verb = Verb::kLocality; });

  CLI::App* explain = app.add_subcommand("explain", "why a pod went where it went: each term of each node's score");
  explain->add_option("POD", raw.pod, "POD or NAMESPACE/POD")->required();
  explain->add_option("-n,--namespace", raw.space, "of the pod, when it is not written before it")
      ->type_name("NAME")
      ->capture_default_str();
  explain->add_flag("--all", invocation.explain.all, "all decisions on record instead of the newest");
  explain->callback([&] { invocation.verb = Verb::kExplain; });

  CLI::App* decisions = app.add_subcommand("decisions", "the newest decisions of the extender, one line each");
  decisions->add_option("--limit", invocation.limit, "how many")
      ->check(CLI::Range(1u, kMaxLimit))
      ->type_name("N")
      ->capture_default_str();
  decisions->callback([&] { invocation.verb = Verb::kDecisions; });

  CLI::App* mounts = app.add_subcommand("mounts", "which under-store folder each part of the namespace shows");
  mounts->callback([&] { invocation.verb = Verb::kMounts; });

  CLI::App* watch = app.add_subcommand("watch", "how these inputs are cached, while that changes; Ctrl-C ends it");
  watch->add_option("URI", invocation.inputs, "as of locality")->required();
  watch->add_option("--until", invocation.watch.until, "ends when this part of every input is cached: 0 to 1")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("FRACTION");
  watch->add_option("--for", raw.watch_for, "ends after this time, such as 10m")->type_name("DURATION");
  watch->callback([&] { invocation.verb = Verb::kWatch; });
}

void AddCacheVerbs(CLI::App& app, RawFlags& raw, Invocation& invocation) {
  CLI::App* workers = app.add_subcommand("workers", "the cache workers: node, state, use of each tier, load");
  AddTopFlags(*workers, raw.workers, invocation.top);
  workers->callback([&] { invocation.verb = Verb::kWorkers; });

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
}

void AddPlan(CLI::App& app, Invocation& invocation) {
  CLI::App* plan = app.add_subcommand("plan", "where executors would go, and how much they would read locally");
  PlanOptions& options = invocation.plan;
  plan->add_option("--inputs", options.inputs, "what they read, as of locality; separated by commas")
      ->delimiter(',')
      ->type_name("URI")
      ->required();
  plan->add_option("--executors", options.executors, "how many")
      ->check(CLI::Range(1u, kMaxExecutors))
      ->type_name("N")
      ->required();
  plan->add_option("--share", options.share, "bytes that one of them reads, such as 4GiB; default: an equal part")
      ->type_name("BYTES");
  plan->add_option("--layout", options.layout, "how they are laid out on nodes")
      ->check(CLI::IsMember({"spread", "pack"}))
      ->type_name("LAYOUT");
  plan->add_option("--cpu", options.cpu, "what one of them requests, such as 2 or 1500m; default 1")
      ->type_name("AMOUNT");
  plan->add_option("--memory", options.memory, "likewise, such as 4GiB; default 1408MiB")->type_name("BYTES");
  plan->callback([&] { invocation.verb = Verb::kPlan; });
}

void AddSparkVerbs(CLI::App& app, RawFlags& raw, Invocation& invocation) {
  CLI::App* conf = app.add_subcommand("spark-conf", "what spark-submit has to be told for local pods, tasks and reads");
  AddSparkFlags(*conf, raw.conf, invocation.spark_conf.spark);
  conf->add_option("--template", invocation.spark_conf.template_file, "your own pod template of executors, to join")
      ->type_name("FILE");
  conf->add_option("--properties", invocation.spark_conf.properties_file,
                   "your own properties, such as conf/spark-defaults.conf, to join")
      ->type_name("FILE");
  conf->add_option("--folder", invocation.spark_conf.folder,
                   "where to write locus.properties and executor.yaml; default: print")
      ->type_name("FOLDER");
  conf->callback([&] { invocation.verb = Verb::kSparkConf; });

  CLI::App* submit = app.add_subcommand("submit", "runs spark-submit with all of that: submit [FLAGS] -- ARGUMENTS");
  AddSparkFlags(*submit, raw.submit, invocation.submit.spark);
  submit
      ->add_option("--spark-submit", invocation.submit.spark_submit,
                   "the program; default: that of SPARK_HOME, else of PATH")
      ->type_name("FILE");
  submit->add_flag("--dry-run", invocation.submit.dry_run, "print the command and the pod template, run nothing");
  submit->footer("Behind -- stand the arguments of spark-submit. Its exit code is that of locusctl.");
  submit->callback([&] { invocation.verb = Verb::kSubmit; });
}

void AddDoctor(CLI::App& app, RawFlags& raw, Invocation& invocation) {
  CLI::App* doctor = app.add_subcommand("doctor", "what keeps a running Spark application from reading locally");
  DoctorOptions& options = invocation.doctor;
  CLI::Option* id =
      doctor->add_option("--app", options.application, "its id, the label spark-app-selector")->type_name("ID");
  doctor->add_option("--pod", raw.doctor_pod, "POD or NAMESPACE/POD: one of its pods")->type_name("POD")->excludes(id);
  doctor->add_option("-n,--namespace", options.space, "of the application; default: any")->type_name("NAME");
  doctor->add_option("--spark-ui", options.spark_ui, "URL of the driver's web UI, for the localities of tasks")
      ->type_name("URL");
  doctor->add_option("--scheduler", options.scheduler, "the scheduler that asks Locus")
      ->type_name("NAME")
      ->capture_default_str();

  CLI::App* cluster = doctor->add_subcommand("cluster", "whether Locus is installed as it should be, part by part");
  CheckupOptions& checkup = invocation.checkup;
  cluster->add_option("-n,--namespace", checkup.space, "where Locus is installed")
      ->type_name("NAME")
      ->capture_default_str();
  cluster->add_option("--scheduler", checkup.scheduler, "the scheduler that asks Locus")
      ->type_name("NAME")
      ->capture_default_str();
  cluster
      ->add_option("--kubeconfig", checkup.kubeconfig,
                   "the API server and who you are there; default: KUBECONFIG, else ~/.kube/config, else the pod's own "
                   "service account")
      ->type_name("FILE");
  cluster
      ->add_option("--api-server", checkup.api_server,
                   "URL of an API server that needs no login, instead of a kubeconfig: kubectl proxy")
      ->type_name("URL");
  cluster->callback([&] { invocation.verb = Verb::kDoctorCluster; });
  // The inner one's callback has run before.
  doctor->callback([&invocation, cluster] {
    if (!cluster->parsed()) invocation.verb = Verb::kDoctor;
  });
}

void AddOwnVerbs(CLI::App& app, RawFlags& raw, Invocation& invocation) {
  CLI::App* completion =
      app.add_subcommand(kCompletionVerb, "prints a script that completes this program's command line");
  completion->add_option("SHELL", raw.shell, "for which shell")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  completion->callback([&] { invocation.verb = Verb::kCompletion; });

  CLI::App* manual = app.add_subcommand(kManualVerb, "prints the manual page: man -l <(locusctl man)");
  manual->callback([&] { invocation.verb = Verb::kManual; });
}

}  // namespace

void DescribeCommandLine(CLI::App& app, RawFlags& raw, Invocation& invocation) {
  app.footer(kFooter);
  app.require_subcommand(1);
  // Flags may stand before and after the verb.
  app.fallthrough();
  AddSharedFlags(app, raw);
  AddAccessFlags(app, raw.files);
  AddLookingVerbs(app, raw, invocation);
  AddCacheVerbs(app, raw, invocation);
  AddPlan(app, invocation);
  AddSparkVerbs(app, raw, invocation);
  AddDoctor(app, raw, invocation);
  AddOwnVerbs(app, raw, invocation);
}

}  // namespace locus::ctl
