// The body of a filter or prioritize call: k8s.io/kube-scheduler/extender/v1 ExtenderArgs, as Go's encoding/json writes
// it.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "extender/decision/annotations.h"

namespace locus::extender {

// What is needed of the Pod. Texts are views into the parser.
struct PodArgs {
  std::string_view name;
  std::string_view namespace_name;
  std::string_view uid;
  AnnotationTexts annotations;
  // Annotation locus.dev/planned-node, which the gate writes.
  std::string_view planned_node;
  // Annotation locus.dev/wake, likewise.
  std::string_view wake;
  // Labels spark-app-selector, spark-role, spark-exec-resourceprofile-id.
  std::string_view application;
  std::string_view role;
  std::string_view resource_profile;
  // Of its owner references: all, and the one that is its controller.
  std::vector<std::string_view> owners;
  std::string_view controller;
  // creationTimestamp; empty: absent, or no time (RFC 3339).
  std::optional<WallTime> created;

  // It may evict others: spec.priority above 0, and spec.preemptionPolicy not Never.
  bool may_evict = false;

  // It carries locus.dev/inputs.
  bool HasInputs() const { return annotations[static_cast<size_t>(Annotation::kInputs)].has_value(); }
};

struct ExtenderArgs {
  PodArgs pod;
  // The array NodeNames exactly as it stands in the body. Empty when parsing ended at a pod that is not ours.
  std::string_view raw_names;
  // Its elements, unescaped; only after kNames.
  std::vector<std::string_view> names;
  size_t name_count = 0;
  // Some name was written with an escape. Without, each name may stand in JSON as it is.
  bool escaped_names = false;
};

// Reasons of locus_extender_bad_requests_total.
enum class BadReason { kMalformedJson, kNotUtf8, kMissingPod, kMissingNodeNames, kNodeObjects, kWrongType };
inline constexpr std::array<std::string_view, 6> kBadReasonWords = {"malformed_json",     "not_utf8",     "missing_pod",
                                                                    "missing_node_names", "node_objects", "wrong_type"};

struct BadRequest {
  BadReason reason;
  // For people.
  std::string text;
};

enum class Want {
  kNothing,   // stop after the pod
  kRawNames,  // the array of names, checked to hold only texts
  kNames,     // that and every name
};
// Asked once, when the pod is read and before the names where the body has them in that order; where it has not, all
// names are read first.
using ChooseWant = std::function<Want(const PodArgs&)>;

// Parses one body after another, with memory that is used again. Keys of ExtenderArgs, Pod and ObjectMeta count in any
// case, as for Go; of keys that stand twice the last one counts. Unknown keys are skipped without a look at their
// values, so that not every error inside of them is found. Not thread-safe.
class ArgsParser {
 public:
  ArgsParser();
  ~ArgsParser();
  ArgsParser(const ArgsParser&) = delete;
  ArgsParser& operator=(const ArgsParser&) = delete;

  // Fills `args`, whose texts live until the next call. Empty: it is good.
  std::optional<BadRequest> Parse(std::string_view body, const ChooseWant& choose, ExtenderArgs* args);
  std::optional<BadRequest> Parse(std::string_view body, Want want, ExtenderArgs* args) {
    return Parse(
        body, [want](const PodArgs&) { return want; }, args);
  }

  // Gives back what an unusually large body has taken.
  void Shrink();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace locus::extender
