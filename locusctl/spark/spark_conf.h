// locusctl spark-conf: everything that spark-submit needs for local pods, tasks and reads.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "locusctl/output.h"
#include "locusctl/spark/spark_merge.h"
#include "locusctl/spark/spark_settings.h"

namespace locus::ctl {

struct SparkConfOptions {
  SparkOptions spark;
  // The user's own pod template and properties, which are merged; empty: none.
  std::string template_file;
  std::string properties_file;
  // Folder for kPropertiesName and kTemplateName; empty: print.
  std::string folder;
};

inline constexpr const char* kPropertiesName = "locus.properties";
inline constexpr const char* kTemplateName = "executor.yaml";

// All that is said of one application.
struct SparkConf {
  SparkSettings wanted;
  MergedSettings merged;
  // YAML.
  std::string pod_template;
};

// Joins Locus' settings with what is given. `template_file`: the user's own; empty: as kTemplateFile among `given`
// says. INVALID_ARGUMENT names what to change.
absl::StatusOr<SparkConf> MakeSparkConf(const SparkOptions& options, const GivenValues& given,
                                        const std::string& template_file);

// Text of a properties file: the settings by layer, each below its reason. kTemplateFile has the value
// `template_file`.
std::string RenderProperties(const SparkConf& conf, const std::string& template_file);

// The template below its reasons.
std::string RenderTemplate(const SparkConf& conf);

// kUsage when a file or an option is at fault.
int RunSparkConf(const SparkConfOptions& options, const Output& output);

}  // namespace locus::ctl
