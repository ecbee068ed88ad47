// What kube-scheduler reads: k8s.io/kube-scheduler/extender/v1 ExtenderFilterResult and HostPriorityList, with Go's
// field names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extender/decision/decide.h"

namespace locus::extender {

// `text` as a JSON text with its quotes. `text` must be UTF-8.
void AppendJsonText(std::string_view text, std::string* to);

// Passes all: `raw_names` is the array as it was offered.
std::string FilterPass(std::string_view raw_names);

// Passes names[i] where pass[i]; the others are refused with `text`, in FailedAndUnresolvableNodes: no pod is evicted
// from them for this one. `plain_names`: no name needs an escape.
std::string FilterSome(const std::vector<std::string_view>& names, const std::vector<bool>& pass, std::string_view text,
                       bool plain_names);

// Refuses the call, not the nodes: the scheduler shows `error`, or skips the extender if it is ignorable.
std::string FilterError(std::string_view error);

// Only nodes with a score above 0: the scheduler draws its random tie-break only among the hosts of a reply, so a list
// with zeros would steer pods. Scores are integer literals, anything else would void the list. Order of `names`.
// `plain_names`: no name needs an escape (ExtenderArgs::escaped_names).
std::string Priorities(const Verdict& verdict, const std::vector<std::string_view>& names, bool plain_names);

}  // namespace locus::extender
