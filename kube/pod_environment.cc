#include "kube/pod_environment.h"

#include <map>
#include <optional>

namespace locus::kube {
namespace {

constexpr std::string_view kDriverUrl = "SPARK_DRIVER_URL";
constexpr std::string_view kToolOptions = "JAVA_TOOL_OPTIONS";
constexpr std::string_view kSparkOption = "SPARK_JAVA_OPT_";
constexpr std::string_view kHostname = "-Dalluxio.user.hostname=";
// Host names have at most 253 characters.
constexpr size_t kMaxHost = 253;
constexpr std::string_view kSpaces = " \t\r\n";

std::string OfField(const std::string& path, const PodFields& fields) {
  if (path == "status.hostIP") return fields.host_ip;
  if (path == "status.podIP") return fields.pod_ip;
  if (path == "spec.nodeName") return fields.node;
  if (path == "metadata.name") return fields.name;
  if (path == "metadata.namespace") return fields.space;
  return "";
}

// https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/: $$ is a $.
std::string Expanded(std::string_view text, const std::map<std::string, std::string, std::less<>>& known) {
  std::string result;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    result.append(text.substr(0, dollar));
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    const size_t close = text.find(')');
    if (text.starts_with("$$")) {
      result.push_back('$');
      text.remove_prefix(2);
      continue;
    }
    if (text.starts_with("$(") && close != std::string_view::npos) {
      const auto place = known.find(text.substr(2, close - 2));
      if (place != known.end()) {
        result.append(place->second);
        text.remove_prefix(close + 1);
        continue;
      }
    }
    result.push_back('$');
    text.remove_prefix(1);
  }
  return result;
}

// The last one among these options.
std::optional<std::string> HostnameIn(std::string_view options) {
  std::optional<std::string> found;
  while (!options.empty()) {
    const size_t start = options.find_first_not_of(kSpaces);
    if (start == std::string_view::npos) break;
    options.remove_prefix(start);
    const size_t end = options.find_first_of(kSpaces);
    const std::string_view option = options.substr(0, end);
    if (option.starts_with(kHostname)) found = std::string(option.substr(kHostname.size()).substr(0, kMaxHost));
    options.remove_prefix(option.size());
  }
  return found;
}

}  // namespace

bool IsOfInterest(std::string_view variable) {
  return variable == kDriverUrl || variable == kToolOptions || variable.starts_with(kSparkOption);
}

std::string SparkDriverHost(const std::vector<EnvironmentVariable>& variables) {
  for (const EnvironmentVariable& variable : variables) {
    if (variable.name != kDriverUrl) continue;
    std::string_view url = variable.value;
    const size_t at = url.find('@');
    if (at == std::string_view::npos) return "";
    url.remove_prefix(at + 1);
    std::string_view host = url.substr(0, url.rfind(':'));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return std::string(host.substr(0, kMaxHost));
  }
  return "";
}

std::string AlluxioUserHostname(const std::vector<EnvironmentVariable>& variables, const PodFields& fields) {
  std::map<std::string, std::string, std::less<>> known;
  std::optional<std::string> by_tool_options;
  std::optional<std::string> by_spark;
  for (const EnvironmentVariable& variable : variables) {
    std::string value =
        variable.field_path.empty() ? Expanded(variable.value, known) : OfField(variable.field_path, fields);
    if (variable.name == kToolOptions) by_tool_options = HostnameIn(value);
    if (variable.name.starts_with(kSparkOption)) {
      if (std::optional<std::string> said = HostnameIn(value)) by_spark = std::move(said);
    }
    known.insert_or_assign(variable.name, std::move(value));
  }
  return by_spark.value_or(by_tool_options.value_or(""));
}

}  // namespace locus::kube
