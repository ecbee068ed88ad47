// Configuration files: YAML into a proto message whose fields carry their own rules (proto/config/v1/rules.proto).
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace locus {

// Fills `config` from YAML text. What `config` holds on entry are the binary's own defaults; a field that neither the
// file nor `config` sets takes its rule's default. `overrides` are "a.b=value" or "list.0.x=value", applied over the
// file.
//
// INVALID_ARGUMENT names *all* problems, one a line, each with the field's path: unknown fields (with the nearest known
// name), wrong types, bad units, values out of bounds, required fields that are missing, keys that stand twice.
absl::Status ParseConfig(std::string_view yaml, const std::vector<std::string>& overrides,
                         google::protobuf::Message* config);

// As above from a file; an empty path means an empty file. NOT_FOUND names the path.
absl::Status LoadConfig(const std::string& path, const std::vector<std::string>& overrides,
                        google::protobuf::Message* config);

// The effective configuration as JSON, for /configz: every field, also those at their default.
std::string ConfigToJson(const google::protobuf::Message& config);

// The command line that every daemon shares: --config FILE, --set a.b=c (repeatable), --check, --version, --help.
struct DaemonArguments {
  std::string config_path;
  std::vector<std::string> overrides;
  // Validate and exit.
  bool check = false;
};

// Parses the command line and loads the configuration. Returns the exit code when the process is to end now (help,
// version, --check, or problems, which are printed to standard error), -1 when it is to run.
//
// `check`, when given, is asked once the file is loaded: what the rules of single fields cannot say. Its text, one
// problem a line, is printed like theirs.
int ParseDaemonCommandLine(int argc, const char* const* argv, std::string_view name, std::string_view summary,
                           google::protobuf::Message* config, const std::function<absl::Status()>& check = {});

// Of the whole project: "0.1.0".
std::string_view Version();

}  // namespace locus
