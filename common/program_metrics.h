// What any process tells of itself: its version, CPU time, memory, open files, start.
#pragma once

#include <string>

#include "common/metrics.h"

namespace locus {

// What Linux says of a process (proc(5)).
struct ProcessFiles {
  // `stat`, `limits` and `fd` lie in here.
  std::string process = "/proc/self";
  // The machine's `stat`, for the time of its start.
  std::string machine_stat = "/proc/stat";
};

// Adds locus_build_info{component,version}, with the name of the program's file, and the metrics that Prometheus' own
// clients tell of any process (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics). They are
// read at each Render, the start once; one that cannot be read is absent, or stays as it was. Thread-safe.
void ExportProgram(Metrics& metrics, const ProcessFiles& files = {});

}  // namespace locus
