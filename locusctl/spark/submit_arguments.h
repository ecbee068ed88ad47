// The command line of spark-submit, read and written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "locusctl/spark/spark_merge.h"

namespace locus::ctl {

struct SubmitArguments {
  struct Option {
    // With its dashes; the long name.
    std::string name;
    // Empty for a switch.
    std::string value;
    // Words of the command line: [begin, end).
    size_t begin = 0;
    size_t end = 0;
  };
  std::vector<std::string> words;
  // In their order, up to the application's file.
  std::vector<Option> options;
};

// INVALID_ARGUMENT: an option lacks its value, --conf is not NAME=VALUE, or what is asked for submits nothing (--kill,
// --status, --version, --help). Unknown options count as switches: spark-submit knows best.
absl::StatusOr<SubmitArguments> ParseSubmitArguments(std::vector<std::string> words);

// The value of the last option of this name; empty: not given.
std::string ValueOf(const SubmitArguments& arguments, std::string_view option);

// What the options set, by the names that Spark has for it: --conf, and the options that stand for a property.
GivenValues GivenBy(const SubmitArguments& arguments);

// The words for spark-submit: a --conf for each setting, then the user's own, without those that a setting replaces.
std::vector<std::string> WithSettings(const SubmitArguments& arguments, const std::vector<Setting>& settings);

// For a person to read and a shell to run; values of properties that look secret (as Spark's own spark.redaction.regex
// finds them) are replaced.
std::string ShellCommand(const std::string& program, const std::vector<std::string>& words);

}  // namespace locus::ctl
