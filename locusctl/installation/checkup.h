// locusctl doctor cluster: whether Locus is installed as it should be, part by part.
#pragma once

#include <string>
#include <vector>

#include "common/clock.h"
#include "kube/asker.h"
#include "locusctl/installation/ask.h"
#include "locusctl/installation/checks.h"
#include "locusctl/output.h"

namespace locus::ctl {

struct CheckupOptions {
  // Where Locus is installed.
  std::string space = "locus";
  // The scheduler that asks Locus.
  std::string scheduler = "locus";
  // Who the user is at the API server: a file, else one that the environment names; or a server that asks nobody.
  std::string kubeconfig;
  std::string api_server;
};

// Safe for a terminal.
std::string RenderChecks(const std::vector<Check>& checks, const Style& style);
std::string ChecksToJson(const std::vector<Check>& checks);

// `kube` may be null: no API server is named. kOk when nothing fails, warnings or not; kNegative when something
// does; kUndecided when nothing fails, but not all can be judged. `kube_server`: its name, for messages.
int RunCheckup(const CheckupOptions& options, const InstallationSources& sources, kube::Asker* kube,
               const std::string& kube_server, const Clock& clock, const Output& output);

}  // namespace locus::ctl
