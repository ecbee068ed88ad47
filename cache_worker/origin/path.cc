#include "cache_worker/origin/path.h"

#include <algorithm>
#include <string>

#include "common/status.h"
#include "common/utf8.h"

namespace locus::worker {
absl::Status CheckPath(std::string_view path) {
  if (path.empty() || path[0] != '/') return InvalidArgument("path: must start with '/'");
  if (path.size() > kMaxPathBytes) {
    return InvalidArgument("path: longer than " + std::to_string(kMaxPathBytes) + " bytes");
  }
  if (path.find('\0') != std::string_view::npos || !IsUtf8(path)) {
    return InvalidArgument("path: must be UTF-8 without NUL");
  }
  if (path == "/") return absl::OkStatus();
  for (size_t begin = 1; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") {
      return InvalidArgument("path '" + std::string(path) +
                             "': must be canonical (no empty component, no '.', no '..', no trailing '/')");
    }
    begin = end + 1;
  }
  return absl::OkStatus();
}

bool IsAtOrBelow(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.substr(0, folder.size()) == folder && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string_view BelowFolder(std::string_view path, std::string_view folder) {
  if (path.size() == folder.size()) return {};
  return path.substr(folder == "/" ? 1 : folder.size() + 1);
}

std::string JoinPath(std::string_view folder, std::string_view below) {
  return std::string(folder == "/" ? "" : folder) + "/" + std::string(below);
}

}  // namespace locus::worker
