// Who is told of each decision besides the ring.
#pragma once

#include "extender/explain/decision_record.h"

namespace locus::extender {

// Called from the threads that serve the scheduler, which waits meanwhile: must be quick and never block. Thread-safe.
class DecisionListener {
 public:
  virtual ~DecisionListener() = default;
  virtual void Decided(const DecisionRecord& record) = 0;
};

// For those who need none.
class NoListener final : public DecisionListener {
 public:
  void Decided(const DecisionRecord&) override {}
};

}  // namespace locus::extender
