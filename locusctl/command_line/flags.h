// What CLI11 fills, before it is checked; part of the command line.
#pragma once

#include <string>

#include "locusctl/access/client_files.h"
#include "locusctl/command_line/spark_flags.h"
#include "locusctl/command_line/worker_flags.h"

namespace locus::ctl {

struct RawFlags {
  std::string meta;
  std::string extender;
  ClientFiles files;
  std::string timeout = "5s";
  std::string output = "table";
  bool json = false;
  std::string color = "auto";
  std::string pod;
  std::string space = "default";
  std::string watch_for;
  std::string doctor_pod;
  // Of completion.
  std::string shell;
  RawSpark conf;
  RawSpark submit;
  RawWorkerFlags workers;
};

}  // namespace locus::ctl
