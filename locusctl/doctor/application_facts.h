// What servers tell of an application, as the values that a diagnosis is made from.
#pragma once

#include "locusctl/doctor/diagnosis.h"
#include "proto/locus/v1/application.pb.h"
#include "proto/locus/v1/locality.pb.h"

namespace locus::ctl {

// Pods, callers and the front; inputs, workers and tasks are empty.
ApplicationFacts FactsOf(const v1::Application& application);

std::vector<InputFacts> FactsOf(const v1::GetLocalityResponse& response);
std::vector<WorkerFacts> FactsOf(const v1::ListWorkersResponse& response);

}  // namespace locus::ctl
