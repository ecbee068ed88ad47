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
  // Of the whole list, to watch from; the same on all its pages.
  std::string version;
};

// NodeList and PodList, in any order of their members; what is not needed is passed over unparsed, fields of another
// type than expected are INVALID_ARGUMENT, as is another kind of object.
absl::StatusOr<ListPage<Node>> ParseNodeList(std::string_view json);
absl::StatusOr<ListPage<Pod>> ParsePodList(std::string_view json);

// A refusal as the API server words it (kind Status).
struct Refusal {
  // As HTTP has it; 0: none was given.
  int code = 0;
  // At most 512 bytes.
  std::string message;
  // Its reason is that the object of this name has another metadata.uid than the request.
  bool other_uid = false;
};

template <typename T>
struct WatchFrame {
  enum class Kind {
    // ADDED or MODIFIED.
    kPresent,
    kDeleted,
    // Nothing but a version.
    kBookmark,
    kError,
  };
  Kind kind = Kind::kPresent;
  // Of all but kError: what the watch has come to.
  std::string version;
  // Of kPresent and kDeleted.
  T object;
  // Of kError.
  Refusal refusal;
};

// One event of a watch (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
// INVALID_ARGUMENT as above, also for a type that is not known and for an event without a version.
absl::StatusOr<WatchFrame<Node>> ParseNodeFrame(std::string_view json);
absl::StatusOr<WatchFrame<Pod>> ParsePodFrame(std::string_view json);

// A Status object; empty when `json` is something else.
Refusal ParseRefusal(std::string_view json);

}  // namespace locus::kube
