// The executors' pod template: Locus' parts in one of their own, or in the user's.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "locusctl/spark/spark_settings.h"

namespace locus::ctl {

// YAML of a pod that the API server accepts once Spark has filled it in. `own`: the user's template, empty: none; all
// of it is kept but for comments. `container`: the one that Spark takes as the executor's; empty: the first one.
// INVALID_ARGUMENT says what is in the way: no single YAML document, no pod, a value that contradicts the wishes, over
// 1 MiB.
absl::StatusOr<std::string> WritePodTemplate(const TemplateWishes& wishes, std::string_view own = "",
                                             std::string_view container = "");

}  // namespace locus::ctl
