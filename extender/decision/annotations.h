// What a pod asks for with its locus.dev/ annotations.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"

namespace locus::extender {

inline constexpr std::string_view kAnnotationPrefix = "locus.dev/";

enum class Annotation { kInputs, kPolicy, kMaxWait, kLayout, kGroup, kShare, kWhenUncached };
inline constexpr size_t kAnnotations = 7;
// Without the prefix, in the order of Annotation.
inline constexpr std::array<std::string_view, kAnnotations> kAnnotationNames = {
    "inputs", "policy", "max-wait", "layout", "group", "share", "when-uncached"};

// The values as the pod carries them; empty optional: absent.
using AnnotationTexts = std::array<std::optional<std::string_view>, kAnnotations>;

// The bounds of proto/locus/v1/locality.proto, GetLocalityRequest.
inline constexpr size_t kMaxInputs = 64;
inline constexpr size_t kMaxInputBytes = 4096;
// A group is a name, not a document.
inline constexpr size_t kMaxGroupBytes = 253;

enum class Policy { kPrefer, kWait, kRequire };
enum class Layout { kSpread, kPack };
// What becomes of a pod with `policy: require` when nothing of its inputs is cached anywhere.
enum class WhenUncached { kPass, kPend };

struct AnnotationProblem {
  Annotation annotation;
  std::string text;
};

struct Wishes {
  // Neither doubles nor inputs that lie in another one of the list. Order as written.
  std::vector<std::string> inputs;
  Policy policy = Policy::kPrefer;
  std::optional<Duration> max_wait;
  Layout layout = Layout::kSpread;
  WhenUncached when_uncached = WhenUncached::kPass;
  std::string group;
  // Bytes that the pod reads; empty: not told.
  std::optional<uint64_t> share;
  // A bad value counts as absent and is told here. `inputs` beyond a bound are absent as a whole; of others, the
  // elements that can be no input.
  std::vector<AnnotationProblem> problems;
};

// `inputs`: separated by commas, trimmed; a comma in {a,b} of a glob or in the authority of alluxio://zk@a:1,b:2/x does
// not separate. `share`: "512MiB". `max-wait`: "30s".
Wishes ParseAnnotations(const AnnotationTexts& texts);

}  // namespace locus::extender
