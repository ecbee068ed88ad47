#include "alluxio_meta/mounts/canonical_path.h"

#include <algorithm>

#include "common/status.h"

namespace locus::meta {

absl::StatusOr<std::string> CanonicalPath(std::string_view path) {
  if (path.empty() || path.front() != '/') return InvalidArgument("the path does not start with '/'");
  if (path.size() > kMaxPathBytes) {
    return InvalidArgument("has " + std::to_string(path.size()) + " bytes, allowed are " +
                           std::to_string(kMaxPathBytes));
  }
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (path == "/") return std::string(path);
  for (size_t from = 1; from <= path.size();) {
    const size_t end = std::min(path.find('/', from), path.size());
    const std::string_view component = path.substr(from, end - from);
    if (component.empty()) return InvalidArgument("the path has an empty component ('//')");
    if (component == "." || component == "..") {
      return InvalidArgument("the path has a component '" + std::string(component) + "'");
    }
    if (std::any_of(component.begin(), component.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
      return InvalidArgument("the path has a control character");
    }
    from = end + 1;
  }
  return std::string(path);
}

bool IsCanonicalPath(std::string_view path) {
  const absl::StatusOr<std::string> canonical = CanonicalPath(path);
  return canonical.ok() && *canonical == path;
}

}  // namespace locus::meta
