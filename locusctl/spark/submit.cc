#include "locusctl/spark/submit.h"

#include <unistd.h>

#include <filesystem>
#include <ostream>
#include <system_error>
#include <utility>

#include "common/status.h"
#include "locusctl/local_file.h"
#include "locusctl/spark/java_properties.h"
#include "locusctl/spark/spark_conf.h"
#include "locusctl/spark/submit_arguments.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

namespace fs = std::filesystem;

bool Runs(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

absl::StatusOr<std::string> FindSparkSubmit(const std::string& given, const SparkEnvironment& environment) {
  if (!given.empty()) {
    if (Runs(given)) return given;
    return InvalidArgument("--spark-submit: " + given + " is no program");
  }
  // spark-submit itself runs what SPARK_HOME names, whichever was called.
  if (!environment.home.empty()) {
    const fs::path path = fs::path(environment.home) / "bin" / "spark-submit";
    if (Runs(path)) return path.string();
    return InvalidArgument("SPARK_HOME: there is no program " + path.string());
  }
  for (size_t begin = 0; begin <= environment.path.size();) {
    const size_t end = std::min(environment.path.find(':', begin), environment.path.size());
    const fs::path path = fs::path(environment.path.substr(begin, end - begin)) / "spark-submit";
    if (end > begin && Runs(path)) return path.string();
    begin = end + 1;
  }
  return InvalidArgument("no spark-submit in PATH; set SPARK_HOME, or name it with --spark-submit");
}

// Where that spark-submit finds spark-defaults.conf; empty: there is none.
std::string DefaultsFile(const std::string& spark_submit, const SparkEnvironment& environment) {
  std::vector<fs::path> folders;
  if (!environment.conf_dir.empty()) {
    folders.emplace_back(environment.conf_dir);
  } else if (!environment.home.empty()) {
    folders.push_back(fs::path(environment.home) / "conf");
  } else {
    std::error_code error;
    const fs::path above = fs::canonical(spark_submit, error).parent_path().parent_path();
    folders.push_back(above / "conf");
    // Installed with pip: bin/spark-submit of the environment, the rest beside its packages.
    for (fs::directory_iterator it(above / "lib", error), end; !error && it != end; it.increment(error)) {
      folders.push_back(it->path() / "site-packages" / "pyspark" / "conf");
    }
  }
  for (const fs::path& folder : folders) {
    std::error_code error;
    if (fs::is_regular_file(folder / "spark-defaults.conf", error)) return (folder / "spark-defaults.conf").string();
  }
  return "";
}

// Adds what a properties file says and nothing above it has said.
absl::Status AddFile(const std::string& path, GivenValues& given) {
  LOCUS_ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(path));
  // spark-submit overlooks names of others.
  for (auto& [name, value] : ParseProperties(text)) {
    if (name.starts_with("spark.")) given.insert({name, {std::move(value), path}});
  }
  return absl::OkStatus();
}

absl::StatusOr<GivenValues> Gather(const SubmitArguments& arguments, const std::string& spark_submit,
                                   const SparkEnvironment& environment) {
  GivenValues given = GivenBy(arguments);
  const std::string properties = ValueOf(arguments, "--properties-file");
  bool both = false;
  for (const SubmitArguments::Option& option : arguments.options) both |= option.name == "--load-spark-defaults";
  if (!properties.empty()) LOCUS_RETURN_IF_ERROR(AddFile(properties, given));
  const std::string defaults = properties.empty() || both ? DefaultsFile(spark_submit, environment) : "";
  if (!defaults.empty()) LOCUS_RETURN_IF_ERROR(AddFile(defaults, given));
  if (!environment.master.empty()) given.insert({"spark.master", {environment.master, "MASTER"}});
  return given;
}

// `all`: no other place is left to name one.
absl::Status CheckMaster(const GivenValues& given, bool all) {
  const auto master = given.find("spark.master");
  if (master == given.end()) {
    if (!all) return absl::OkStatus();
    return InvalidArgument("no master: write --master k8s://https://HOST:PORT behind --; Locus places pods");
  }
  if (!master->second.value.starts_with("k8s://")) {
    return InvalidArgument("master " + master->second.value + " (" + master->second.where +
                           ") is not Kubernetes: Locus places pods, so write k8s://https://HOST:PORT, or run "
                           "spark-submit itself");
  }
  return absl::OkStatus();
}

// What was added, on standard error: standard output is the job's.
void Summarize(const SparkConf& conf, const Output& output) {
  output.err << output.program << ": added to spark-submit\n";
  for (const Setting& setting : conf.wanted.settings) {
    bool added = setting.java_option;
    for (const Setting& merged : conf.merged.settings) added = added || merged.name == setting.name;
    if (added) output.err << "  " << SafeText(setting.name) << "=" << SafeText(setting.value) << "\n";
  }
  for (const std::string& reason : ReasonsOf(conf.wanted.pod_template)) {
    output.err << "  pod template: " << reason << "\n";
  }
  for (const JobInput& input : conf.wanted.inputs) {
    if (!input.uri.empty()) output.err << "  in the job read " << SafeText(input.uri) << "\n";
  }
  for (const Kept& kept : conf.merged.kept) output.err << "  note: " << SafeText(Describe(kept)) << "\n";
  for (const std::string& note : conf.wanted.notes) output.err << "  note: " << SafeText(note) << "\n";
}

struct Prepared {
  std::string program;
  SubmitArguments arguments;
  SparkConf conf;
};

absl::StatusOr<Prepared> Prepare(const SubmitOptions& options, const SparkEnvironment& environment) {
  if (options.arguments.empty()) {
    return InvalidArgument("write what spark-submit is to get behind --, such as -- --master k8s://... job.py");
  }
  Prepared prepared;
  LOCUS_ASSIGN_OR_RETURN(prepared.arguments, ParseSubmitArguments(options.arguments));
  // Before anything is looked for: what is plainly not for Locus.
  LOCUS_RETURN_IF_ERROR(CheckMaster(GivenBy(prepared.arguments), false));
  LOCUS_ASSIGN_OR_RETURN(prepared.program, FindSparkSubmit(options.spark_submit, environment));
  LOCUS_ASSIGN_OR_RETURN(const GivenValues given, Gather(prepared.arguments, prepared.program, environment));
  LOCUS_RETURN_IF_ERROR(CheckMaster(given, true));
  LOCUS_ASSIGN_OR_RETURN(prepared.conf, MakeSparkConf(options.spark, given, ""));
  return prepared;
}

std::vector<std::string> WordsFor(const Prepared& prepared, const std::string& template_file) {
  std::vector<Setting> settings = prepared.conf.merged.settings;
  settings.push_back({kTemplateFile, template_file, "", Layer::kPods, false, {}});
  return WithSettings(prepared.arguments, settings);
}

int Fail(const Output& output, const absl::Status& status) {
  Complain(output, MessageOf(status), "See `" + output.program + " submit --help`.");
  return kUsage;
}

}  // namespace

int RunSubmit(const SubmitOptions& options, const SparkEnvironment& environment, const CommandRunner& runner,
              const Output& output) {
  const absl::StatusOr<Prepared> prepared = Prepare(options, environment);
  if (!prepared.ok()) return Fail(output, prepared.status());
  Summarize(prepared->conf, output);
  if (options.dry_run) {
    output.out << ShellCommand(prepared->program, WordsFor(*prepared, kTemplateName)) << "\n# " << kTemplateName << "\n"
               << RenderTemplate(prepared->conf);
    return kOk;
  }
  const absl::StatusOr<PrivateFolder> folder =
      PrivateFolder::Make(environment.temporary.empty() ? "/tmp" : environment.temporary);
  if (!folder.ok()) return Fail(output, folder.status());
  const std::string template_file = folder->path() + "/" + kTemplateName;
  const absl::Status written = WritePrivateFile(template_file, RenderTemplate(prepared->conf));
  if (!written.ok()) return Fail(output, written);
  std::vector<std::string> command = WordsFor(*prepared, template_file);
  command.insert(command.begin(), prepared->program);
  output.out.flush();
  output.err.flush();
  const absl::StatusOr<int> exit_code = runner(command);
  if (!exit_code.ok()) return Fail(output, exit_code.status());
  return *exit_code;
}

}  // namespace locus::ctl
