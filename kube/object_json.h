// The API server's JSON into plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/objects.h"

namespace locus::kube {

template <typename T>
struct ListPage {
  std::vector<T> items;
  // For the next page; empty on the last one.
  std::string next;
};

// NodeList and PodList, in any order of their members; what is not needed is passed over unparsed, fields of another
// type than expected are INVALID_ARGUMENT, as is another kind of object.
absl::StatusOr<ListPage<Node>> ParseNodeList(std::string_view json);
absl::StatusOr<ListPage<Pod>> ParsePodList(std::string_view json);

// The `message` of a Status object, at most 512 bytes; empty when there is none.
std::string ParseStatusMessage(std::string_view json);

}  // namespace locus::kube
