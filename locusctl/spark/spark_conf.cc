#include "locusctl/spark/spark_conf.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <system_error>
#include <utility>

#include "common/status.h"
#include "locusctl/holder.h"
#include "locusctl/local_file.h"
#include "locusctl/spark/java_properties.h"
#include "locusctl/spark/pod_template.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

std::string Comment(const std::string& text) { return "# " + SafeText(text) + "\n"; }

const char* LayerWord(Layer layer) {
  switch (layer) {
    case Layer::kPods: return "pods";
    case Layer::kTasks: return "tasks";
    case Layer::kReads: return "reads";
  }
  return "";
}

// Path of a template as Spark understands it; remote ones cannot be read here.
absl::StatusOr<std::string> LocalPath(const std::string& value) {
  const size_t scheme = value.find(':');
  if (scheme == std::string::npos || value.starts_with('/')) return value;
  const std::string name = value.substr(0, scheme);
  if (name != "file" && name != "local") {
    return InvalidArgument(std::string(kTemplateFile) + "=" + value +
                           " cannot be read from here; fetch it and name the local file");
  }
  std::string path = value.substr(scheme + 1);
  while (path.starts_with("//")) path.erase(0, 1);
  return path;
}

absl::StatusOr<std::string> OwnTemplate(const GivenValues& given, const std::string& template_file) {
  const auto found = given.find(kTemplateFile);
  if (template_file.empty() && found == given.end()) return std::string();
  LOCUS_ASSIGN_OR_RETURN(const std::string path,
                         LocalPath(template_file.empty() ? found->second.value : template_file));
  return ReadSmallFile(path);
}

std::string JobLines(const SparkConf& conf, const std::string& indent) {
  std::string text;
  for (const JobInput& input : conf.wanted.inputs) {
    if (!input.uri.empty()) text += indent + SafeText(input.uri) + "\n";
  }
  return text;
}

// The user's properties, with Locus' in the place of those that are merged.
std::string OwnProperties(const GivenValues& given, const SparkConf& conf) {
  std::string text;
  for (const auto& [name, value] : given) {
    bool replaced = name == kTemplateFile;
    for (const Setting& setting : conf.merged.settings) replaced = replaced || setting.name == name;
    if (!replaced) text += PropertyLine(name, value.value) + "\n";
  }
  return text.empty() ? "" : "\n# Yours\n" + text;
}

nlohmann::ordered_json ToJson(const SparkConf& conf) {
  nlohmann::ordered_json document = {{"settings", nlohmann::ordered_json::array()},
                                     {"template", conf.pod_template},
                                     {"inputs", nlohmann::ordered_json::array()},
                                     {"kept", nlohmann::ordered_json::array()},
                                     {"notes", conf.wanted.notes}};
  for (const Setting& s : conf.merged.settings) {
    document["settings"].push_back(
        {{"name", s.name}, {"value", s.value}, {"layer", LayerWord(s.layer)}, {"reason", s.reason}});
  }
  for (const JobInput& input : conf.wanted.inputs) {
    document["inputs"].push_back({{"input", input.input}, {"uri", input.uri}});
  }
  for (const Kept& kept : conf.merged.kept) {
    document["kept"].push_back({{"name", kept.name},
                                {"value", kept.value},
                                {"where", kept.where},
                                {"wanted", kept.wanted},
                                {"layer", LayerWord(kept.layer)}});
  }
  return document;
}

int Fail(const Output& output, const absl::Status& status) {
  Complain(output, MessageOf(status), "See `" + output.program + " spark-conf --help`.");
  return kUsage;
}

absl::StatusOr<std::string> WriteFiles(const SparkConf& conf, const GivenValues& given, const std::string& folder) {
  LOCUS_RETURN_IF_ERROR(MakeFolder(folder));
  std::error_code error;
  const std::filesystem::path where = std::filesystem::absolute(folder, error).lexically_normal();
  if (error) return InvalidArgument("--folder: " + folder + ": " + error.message());
  const std::string pod_template = (where / kTemplateName).string();
  const std::string properties = (where / kPropertiesName).string();
  LOCUS_RETURN_IF_ERROR(WritePrivateFile(pod_template, RenderTemplate(conf)));
  LOCUS_RETURN_IF_ERROR(
      WritePrivateFile(properties, RenderProperties(conf, pod_template) + OwnProperties(given, conf)));
  return properties;
}

void Summarize(const SparkConf& conf, const std::string& properties, const Output& output) {
  output.out << "Wrote " << SafeText(properties) << " and " << kTemplateName << " beside it. Run:\n"
             << "  spark-submit --properties-file " << SafeText(properties) << " ...\n"
             << "It stands for conf/spark-defaults.conf, which spark-submit then does not read: give that one with "
                "--properties to have it joined.\n";
  const std::string inputs = JobLines(conf, "  ");
  if (!inputs.empty()) output.out << "In the job read:\n" << inputs;
  for (const Kept& kept : conf.merged.kept) output.out << "note: " << SafeText(Describe(kept)) << "\n";
  for (const std::string& note : conf.wanted.notes) output.out << "note: " << SafeText(note) << "\n";
}

// As a whole still a properties file: the template is a comment in it.
std::string Printed(const SparkConf& conf) {
  std::string text =
      RenderProperties(conf, kTemplateName) + "\n" +
      Comment(std::string(kTemplateName) + ", the executors' pod template (--folder writes both files):") + "#\n";
  std::string_view rest = conf.pod_template;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    text += "#   " + SafeText(rest.substr(0, end)) + "\n";
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return text;
}

}  // namespace

absl::StatusOr<SparkConf> MakeSparkConf(const SparkOptions& options, const GivenValues& given,
                                        const std::string& template_file) {
  SparkConf conf;
  LOCUS_ASSIGN_OR_RETURN(conf.wanted, SettingsFor(options));
  conf.merged = MergeSettings(conf.wanted.settings, given);
  if (options.executors == 0 && !options.dynamic && !given.contains("spark.executor.instances") &&
      !given.contains("spark.dynamicAllocation.enabled")) {
    conf.wanted.notes.emplace_back("No number of executors is named (--executors or --dynamic): Spark starts 2.");
  }
  LOCUS_ASSIGN_OR_RETURN(const std::string own, OwnTemplate(given, template_file));
  const auto container = given.find(kTemplateContainer);
  LOCUS_ASSIGN_OR_RETURN(conf.pod_template, WritePodTemplate(conf.wanted.pod_template, own,
                                                             container == given.end() ? "" : container->second.value));
  return conf;
}

std::string RenderProperties(const SparkConf& conf, const std::string& template_file) {
  std::string text = Comment("For spark-submit --properties-file. Made by locusctl spark-conf.");
  const std::string inputs = JobLines(conf, "#   ");
  if (!inputs.empty()) text += Comment("In the job read:") + inputs;
  int number = 0;
  for (const Layer layer : {Layer::kPods, Layer::kTasks, Layer::kReads}) {
    text += "\n" + Comment(std::to_string(++number) + ". " + LayerName(layer));
    if (layer == Layer::kPods) {
      text += Comment("what cannot be said with properties") + PropertyLine(kTemplateFile, template_file) + "\n";
    }
    for (const Setting& setting : conf.merged.settings) {
      if (setting.layer == layer) {
        text += Comment(setting.reason) + PropertyLine(setting.name, setting.value) + "\n";
      }
    }
    for (const Kept& kept : conf.merged.kept) {
      if (kept.layer == layer) text += Comment("note: " + Describe(kept));
    }
  }
  if (!conf.wanted.notes.empty()) text += "\n";
  for (const std::string& note : conf.wanted.notes) text += Comment("note: " + note);
  return text;
}

std::string RenderTemplate(const SparkConf& conf) {
  std::string text = Comment("The executors' pod template, for " + std::string(kTemplateFile) + ".");
  for (const std::string& reason : ReasonsOf(conf.wanted.pod_template)) text += Comment(reason);
  return text + conf.pod_template;
}

int RunSparkConf(const SparkConfOptions& options, const Output& output) {
  GivenValues given;
  if (!options.properties_file.empty()) {
    const absl::StatusOr<std::string> text = ReadSmallFile(options.properties_file);
    if (!text.ok()) return Fail(output, text.status());
    for (const auto& [name, value] : ParseProperties(*text)) given[name] = {value, options.properties_file};
  }
  const absl::StatusOr<SparkConf> conf = MakeSparkConf(options.spark, given, options.template_file);
  if (!conf.ok()) return Fail(output, conf.status());
  if (!options.folder.empty()) {
    const absl::StatusOr<std::string> properties = WriteFiles(*conf, given, options.folder);
    if (!properties.ok()) return Fail(output, properties.status());
    if (!output.ForPrograms()) Summarize(*conf, *properties, output);
  } else if (!output.ForPrograms()) {
    output.out << Printed(*conf);
  }
  if (output.ForPrograms()) output.out << output.Document(ToAscii(ToJson(*conf)));
  return kOk;
}

}  // namespace locus::ctl
