#include "alluxio_wire/uri_path.h"

#include "common/status.h"

namespace locus::alluxio_wire {
namespace {

constexpr std::string_view kAlluxio = "alluxio://";

// "/a//b/" -> "/a/b".
std::string Canonical(std::string_view path) {
  std::string canonical;
  for (const char c : path) {
    if (c != '/' || canonical.empty() || canonical.back() != '/') canonical += c;
  }
  if (canonical.size() > 1 && canonical.back() == '/') canonical.pop_back();
  return canonical.empty() ? "/" : canonical;
}

std::string WithoutSlash(std::string text) {
  while (!text.empty() && text.back() == '/') text.pop_back();
  return text;
}

}  // namespace

absl::StatusOr<std::string> PathOfUri(const std::string& uri, const std::vector<MountedUri>& mounts) {
  if (!uri.empty() && uri.front() == '/') return Canonical(uri);
  if (uri.starts_with(kAlluxio)) {
    const size_t slash = uri.find('/', kAlluxio.size());
    return slash == std::string::npos ? "/" : Canonical(std::string_view(uri).substr(slash));
  }
  const MountedUri* best = nullptr;
  for (const MountedUri& mount : mounts) {
    const std::string base = WithoutSlash(mount.uri);
    const bool below = uri == base || uri.compare(0, base.size() + 1, base + "/") == 0;
    if (below && (best == nullptr || mount.uri.size() > best->uri.size())) best = &mount;
  }
  if (best != nullptr) return Canonical(best->path + "/" + uri.substr(WithoutSlash(best->uri).size()));
  return NotFound("'" + uri + "' lies below no mount that locus-meta knows; see `locusctl mounts`, or name the path");
}

bool NamesPath(std::string_view uri) { return uri.starts_with('/') || uri.starts_with(kAlluxio); }

bool IsGlob(std::string_view path) { return path.find_first_of("*?[{") != std::string_view::npos; }

}  // namespace locus::alluxio_wire
