#include "cache_worker/origin/manifest.h"

#include <algorithm>

#include "cache_worker/origin/path.h"
#include "common/status.h"

namespace locus::worker {

absl::StatusOr<std::vector<std::string>> ParseManifest(std::string_view text, std::string_view mount,
                                                       uint64_t* skipped) {
  std::vector<std::string> paths;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("./")) line.remove_prefix(2);
    if (line.empty()) continue;
    std::string path = JoinPath(mount, line);
    if (!CheckPath(path).ok()) {
      ++*skipped;
      continue;
    }
    if (paths.size() == kMaxManifestFiles) {
      return Exhausted("the manifest names more than " + std::to_string(kMaxManifestFiles) + " files");
    }
    paths.push_back(std::move(path));
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

}  // namespace locus::worker
