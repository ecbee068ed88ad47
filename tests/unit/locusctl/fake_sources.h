// Servers of locusctl that answer from memory.
#pragma once

#include <string>
#include <vector>

#include "locusctl/decision_source.h"
#include "locusctl/locality_source.h"

namespace locus::ctl {

class FakeLocalitySource final : public LocalitySource {
 public:
  std::string address() const override { return "meta.test:8910"; }
  absl::StatusOr<v1::GetLocalityResponse> GetLocality(const std::vector<std::string>& inputs) override {
    asked = inputs;
    if (!status.ok()) return status;
    return locality;
  }
  absl::StatusOr<v1::ListWorkersResponse> ListWorkers() override {
    if (!status.ok()) return status;
    return workers;
  }
  absl::StatusOr<v1::ListMountsResponse> ListMounts() override {
    if (!status.ok()) return status;
    return mounts;
  }

  absl::Status status;
  v1::GetLocalityResponse locality;
  v1::ListWorkersResponse workers;
  v1::ListMountsResponse mounts;
  std::vector<std::string> asked;
};

class FakeDecisionSource final : public DecisionSource {
 public:
  std::string address() const override { return "http://extender.test:8900"; }
  absl::StatusOr<HttpAnswer> Get(const std::string& target) override {
    asked = target;
    if (!status.ok()) return status;
    return answer;
  }

  absl::Status status;
  HttpAnswer answer;
  std::string asked;
};

}  // namespace locus::ctl
