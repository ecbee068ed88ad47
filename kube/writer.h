// What Locus changes on the API server: few things, each with its own verb for RBAC.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"

namespace locus::kube {

// coordination.k8s.io/v1 Lease, as far as an election needs it.
struct Lease {
  std::string holder;
  Duration duration{0};
  WallTime acquired;
  WallTime renewed;
  uint32_t transitions = 0;
  // Of the object that was read; empty: it does not exist yet.
  std::string resource_version;
};

// events.k8s.io/v1 Event about a pod.
struct PodEvent {
  std::string space;
  std::string pod;
  std::string pod_uid;
  // Normal or Warning.
  std::string type;
  // UpperCamelCase, at most 128 bytes.
  std::string reason;
  // What was done about the pod, UpperCamelCase; at most 128 bytes.
  std::string action;
  // For people; cut at 1024 bytes.
  std::string note;
  // Who tells it: controller and instance.
  std::string controller;
  std::string instance;
  WallTime time;
};

// One call at a time; Stop may come from any thread. Calls block, for at most their deadlines.
//
// Errors are those of Api, and: NOT_FOUND (no such object any more), ABORTED (somebody else was faster, read
// again), INVALID_ARGUMENT (refused as malformed: asking again does not help).
class Writer {
 public:
  virtual ~Writer() = default;
  // PATCH of a pod; `patch` is a strategic merge patch in JSON. Name metadata.uid in it: another pod of the same name
  // is then ABORTED and not patched.
  virtual absl::Status PatchPod(const std::string& space, const std::string& name, const std::string& patch) = 0;
  virtual absl::Status CreateEvent(const PodEvent& event) = 0;
  // NOT_FOUND when there is none.
  virtual absl::StatusOr<Lease> GetLease(const std::string& space, const std::string& name) = 0;
  // Creates it when `lease.resource_version` is empty, else replaces exactly that version. The stored lease.
  virtual absl::StatusOr<Lease> PutLease(const std::string& space, const std::string& name, const Lease& lease) = 0;
  // Ends the call under way at once, and all later ones.
  virtual void Stop() = 0;
};

}  // namespace locus::kube
