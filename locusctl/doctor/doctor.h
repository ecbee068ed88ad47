// locusctl doctor: layer by layer, what keeps a running Spark application from reading locally.
#pragma once

#include <string>

#include "locusctl/decision_source.h"
#include "locusctl/doctor/application_source.h"
#include "locusctl/doctor/diagnosis.h"
#include "locusctl/locality_source.h"
#include "locusctl/output.h"
#include "locusctl/servers/http_decision_source.h"

namespace locus::ctl {

struct DoctorOptions {
  // One of them: spark-app-selector, or the name of one of its pods.
  std::string application;
  std::string pod;
  // Empty: any.
  std::string space;
  // Spark's own web UI; empty: is not asked.
  std::string spark_ui;
  HttpEndpoint spark_ui_endpoint;
  // The scheduler that asks Locus.
  std::string scheduler = "locus";
};

// The findings, each with its evidence and fix. Safe for a terminal.
std::string RenderFindings(const ApplicationFacts& facts, const std::vector<Finding>& findings, const Style& style);
std::string FindingsToJson(const ApplicationFacts& facts, const std::vector<Finding>& findings);

// kOk when all layers hold, kNegative when one does not or the application is not known, kUndecided when none is broken
// but one cannot be judged. `ui` may be null.
int RunDoctor(const DoctorOptions& options, ApplicationSource& applications, LocalitySource& locality,
              DecisionSource* ui, const Output& output);

}  // namespace locus::ctl
