// Runs a program and gathers what it says.
#pragma once

#include <string>
#include <vector>

namespace locus {

struct ProgramResult {
  // As a shell would tell it: 128 + the number of the signal that ended it.
  int exit_code = -1;
  std::string out;
  std::string err;
};

struct ProgramOptions {
  // argv[0]; the path of the program when empty.
  std::string name;
  // "NAME=value", and nothing else but the settings of sanitizers.
  std::vector<std::string> environment;
  // Standard output is a terminal instead of a pipe.
  bool terminal = false;
  // SIGINT is sent once, when standard output contains this text; empty: never.
  std::string interrupt_at;
};

// Blocks until the program ends.
ProgramResult RunProgram(const std::string& path, const std::vector<std::string>& arguments,
                         const ProgramOptions& options = {});

}  // namespace locus
