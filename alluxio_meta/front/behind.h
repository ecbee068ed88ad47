// What stands behind the front's port: a master that calls are passed on to, or Locus itself.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "common/metrics.h"

namespace locus::meta {

// Not thread-safe but for what FrontServer does with the services, and Condition.
class Behind {
 public:
  virtual ~Behind() = default;
  // Gets the calls that none of `more` takes. All live as long as this.
  virtual grpc::CallbackGenericService& service() = 0;
  virtual std::vector<grpc::Service*> more() = 0;
  // Before the port opens.
  virtual void Start() = 0;
  // After it has closed. Prompt; idempotent.
  virtual void Stop() = 0;
  // What it does at present, for people: "passes calls on to m:19998".
  virtual std::string Condition() const = 0;
  // For /metrics; must outlive the last Render.
  virtual void Export(Metrics& metrics) = 0;
};

}  // namespace locus::meta
