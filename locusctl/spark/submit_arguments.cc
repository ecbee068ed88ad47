#include "locusctl/spark/submit_arguments.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "common/status.h"

namespace locus::ctl {
namespace {

constexpr std::string_view kConf = "--conf";

// SparkSubmitOptionParser of Spark 3.5 and 4.
constexpr std::array kWithValue = {"--archives",
                                   "--class",
                                   "--conf",
                                   "--deploy-mode",
                                   "--driver-class-path",
                                   "--driver-cores",
                                   "--driver-java-options",
                                   "--driver-library-path",
                                   "--driver-memory",
                                   "--executor-cores",
                                   "--executor-memory",
                                   "--files",
                                   "--jars",
                                   "--keytab",
                                   "--kill",
                                   "--master",
                                   "--name",
                                   "--num-executors",
                                   "--packages",
                                   "--exclude-packages",
                                   "--principal",
                                   "--properties-file",
                                   "--proxy-user",
                                   "--py-files",
                                   "--queue",
                                   "--remote",
                                   "--repositories",
                                   "--status",
                                   "--total-executor-cores"};

struct Meaning {
  const char* option;
  const char* property;
};

constexpr std::array kProperties = {
    Meaning{"--master", "spark.master"},
    Meaning{"--deploy-mode", "spark.submit.deployMode"},
    Meaning{"--num-executors", "spark.executor.instances"},
    Meaning{"--driver-java-options", "spark.driver.extraJavaOptions"},
};

bool TakesValue(const std::string& name) {
  return std::find(kWithValue.begin(), kWithValue.end(), name) != kWithValue.end();
}

std::string LongName(const std::string& word) {
  return word == "-c" ? "--conf" : word == "-h" ? "--help" : word == "-v" ? "--verbose" : word;
}

// --name=value in one word.
std::pair<std::string, std::string> Cut(const std::string& word) {
  const size_t equals = word.find('=');
  if (!word.starts_with("--") || equals == std::string::npos || equals + 1 == word.size()) return {word, ""};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

absl::Status Check(const SubmitArguments::Option& option) {
  for (const char* other : {"--kill", "--status", "--version", "--help"}) {
    if (option.name == other) {
      return InvalidArgument(std::string(other) + " submits nothing; run spark-submit itself for it");
    }
  }
  const size_t equals = option.value.find('=');
  if (option.name == kConf && (equals == 0 || equals == std::string::npos)) {
    return InvalidArgument("--conf " + option.value + ": write NAME=VALUE");
  }
  return absl::OkStatus();
}

// The property that an option sets; empty: none.
std::string PropertyOf(const SubmitArguments::Option& option) {
  if (option.name == kConf) return option.value.substr(0, option.value.find('='));
  for (const Meaning& meaning : kProperties) {
    if (option.name == meaning.option) return meaning.property;
  }
  return "";
}

bool LooksSecret(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* word : {"secret", "password", "token", "access.key", "access-key", "accesskey", "credential"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

std::string Quoted(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string Redacted(const std::string& conf) {
  const std::string name = conf.substr(0, conf.find('='));
  return LooksSecret(name) ? name + "=REDACTED" : conf;
}

}  // namespace

absl::StatusOr<SubmitArguments> ParseSubmitArguments(std::vector<std::string> words) {
  SubmitArguments arguments;
  arguments.words = std::move(words);
  const std::vector<std::string>& all = arguments.words;
  for (size_t i = 0; i < all.size();) {
    // The application's file; what follows is its own.
    if (!all[i].starts_with('-') || all[i] == "-") break;
    SubmitArguments::Option option;
    const auto [word, value] = Cut(all[i]);
    option.name = LongName(word);
    option.begin = i++;
    option.value = value;
    if (TakesValue(option.name) && value.empty()) {
      if (i == all.size()) return InvalidArgument(option.name + " lacks its value");
      option.value = all[i++];
    }
    option.end = i;
    LOCUS_RETURN_IF_ERROR(Check(option));
    arguments.options.push_back(std::move(option));
  }
  return arguments;
}

std::string ValueOf(const SubmitArguments& arguments, std::string_view option) {
  std::string value;
  for (const SubmitArguments::Option& given : arguments.options) {
    if (given.name == option) value = given.value;
  }
  return value;
}

GivenValues GivenBy(const SubmitArguments& arguments) {
  GivenValues given;
  for (const SubmitArguments::Option& option : arguments.options) {
    if (option.name == kConf) given[PropertyOf(option)] = {option.value.substr(option.value.find('=') + 1), "--conf"};
  }
  // Options of their own win over --conf.
  for (const SubmitArguments::Option& option : arguments.options) {
    if (option.name != kConf && !PropertyOf(option).empty()) given[PropertyOf(option)] = {option.value, option.name};
  }
  return given;
}

std::vector<std::string> WithSettings(const SubmitArguments& arguments, const std::vector<Setting>& settings) {
  std::vector<std::string> words;
  for (const Setting& setting : settings) {
    words.emplace_back(kConf);
    words.push_back(setting.name + "=" + setting.value);
  }
  size_t next = 0;
  for (const SubmitArguments::Option& option : arguments.options) {
    const std::string property = PropertyOf(option);
    const bool replaced =
        std::any_of(settings.begin(), settings.end(), [&](const Setting& s) { return s.name == property; });
    if (!replaced)
      words.insert(words.end(), arguments.words.begin() + option.begin, arguments.words.begin() + option.end);
    next = option.end;
  }
  words.insert(words.end(), arguments.words.begin() + next, arguments.words.end());
  return words;
}

std::string ShellCommand(const std::string& program, const std::vector<std::string>& words) {
  std::string text = Quoted(program);
  const absl::StatusOr<SubmitArguments> arguments = ParseSubmitArguments(words);
  size_t next = 0;
  if (arguments.ok()) {
    for (const SubmitArguments::Option& option : arguments->options) {
      text += " \\\n  " + option.name;
      next = option.end;
      if (TakesValue(option.name)) {
        text += " " + Quoted(option.name == kConf ? Redacted(option.value) : option.value);
      }
    }
  }
  // The application with its own arguments on a line.
  text += next < words.size() ? " \\\n " : "";
  for (; next < words.size(); ++next) text += " " + Quoted(words[next]);
  return text + "\n";
}

}  // namespace locus::ctl
