// The events that Locus tells about pods
// (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace locus::extender {

// For people who read `kubectl describe pod`, and for those who count events: names are a contract.
enum class PodEventKind {
  kPlaced,         // bound to a node that holds some of its input
  kDegraded,       // placed without locality, since it was not known
  kWaiting,        // not placed yet: a node that holds its input is waited for
  kNotOffered,     // the best holder was not among the nodes that the scheduler offered
  kUncached,       // nothing of its input is cached anywhere, though it was required to be
  kBadAnnotation,  // a value counted as absent
};

struct EventWords {
  std::string_view reason;
  // Normal or Warning.
  std::string_view type;
  // What was done about it.
  std::string_view action;
};
inline constexpr size_t kPodEventKinds = 6;
// In the order of PodEventKind.
inline constexpr std::array<EventWords, kPodEventKinds> kEventWords = {{
    {"LocalityPlaced", "Normal", "PlaceByLocality"},
    {"LocalityDegraded", "Warning", "PlaceWithoutLocality"},
    {"LocalityWaiting", "Normal", "WaitForHolder"},
    {"BestHolderNotOffered", "Normal", "PlaceElsewhere"},
    {"LocalityUncached", "Warning", "PlaceAnywhere"},
    {"LocalityBadAnnotation", "Warning", "IgnoreAnnotation"},
}};

inline constexpr const EventWords& WordsOf(PodEventKind kind) { return kEventWords[static_cast<size_t>(kind)]; }

}  // namespace locus::extender
