// Whose annotations hold for which pod besides its own. Pure bookkeeping.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "extender/cluster/pod_record.h"

namespace locus::extender {

// Not thread-safe. Holds pointers: a record is removed before its owners, face, namespace or uid change, and before it
// goes.
class DriverIndex {
 public:
  void Add(PodRecord* pod);
  void Remove(PodRecord* pod);

  // The pod with inputs of its own that one of `owners` names; else the driver with inputs of that application: one
  // that is not being deleted, then the youngest. Never `self`. Null: there is none.
  const PodRecord* Find(std::string_view space, std::string_view application, const std::vector<PodId>& owners,
                        const PodRecord* self) const;
  // Whose annotations hold for `pod`; a driver takes over from nobody.
  const PodRecord* Find(const PodRecord& pod) const;

  // The other pods that `driver` may give annotations to, when `face` is its own or was so far.
  std::vector<PodRecord*> Heirs(const PodRecord& driver, const DriverFace& face) const;

 private:
  using Pods = absl::flat_hash_set<PodRecord*>;
  struct Application {
    std::vector<const PodRecord*> drivers;
    Pods members;
  };

  // By namespace and application.
  absl::flat_hash_map<std::string, Application> applications_;
  // By the owner's uid.
  absl::flat_hash_map<PodId, Pods, PodIdHash> owned_;
  // Pods with inputs of their own.
  absl::flat_hash_map<PodId, const PodRecord*, PodIdHash> annotated_;
};

}  // namespace locus::extender
