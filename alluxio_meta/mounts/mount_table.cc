#include "alluxio_meta/mounts/mount_table.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "alluxio_meta/mounts/canonical_path.h"
#include "common/status.h"

namespace locus::meta {
namespace {

struct Uri {
  std::string scheme;
  std::string authority;
  // From the first slash after the authority on; may be empty.
  std::string path;
  std::string Text() const { return scheme + "://" + authority + (path == "/" ? "" : path); }
};

// RFC 3986 section 3.1: a letter, then letters, digits, '+', '-', '.'; compared in lower case.
std::optional<std::string> SchemeOf(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string scheme;
  for (const char c : text.substr(0, colon)) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isalnum(u) == 0 && c != '+' && c != '-' && c != '.') return std::nullopt;
    scheme += static_cast<char>(std::tolower(u));
  }
  if (std::isalpha(static_cast<unsigned char>(scheme[0])) == 0) return std::nullopt;
  return scheme;
}

// What is compared: Hadoop's three clients of S3 read the same bucket.
std::string Family(const std::string& scheme) { return scheme == "s3" || scheme == "s3n" ? "s3a" : scheme; }

// Also Hadoop's short form "scheme:/path".
absl::StatusOr<Uri> ParseUri(std::string_view text) {
  const std::optional<std::string> scheme = SchemeOf(text);
  if (!scheme.has_value()) {
    return InvalidArgument("write a URI such as alluxio:///folder/file, or a path that starts with '/'");
  }
  Uri uri{*scheme, "", ""};
  std::string_view rest = text.substr(scheme->size() + 1);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const size_t slash = std::min(rest.find('/'), rest.size());
    uri.authority = std::string(rest.substr(0, slash));
    rest.remove_prefix(slash);
  } else if (!rest.starts_with('/')) {
    return InvalidArgument("after '" + *scheme + ":' a slash is missing");
  }
  LOCUS_ASSIGN_OR_RETURN(uri.path, CanonicalPath(rest.empty() ? "/" : rest));
  if (std::any_of(uri.authority.begin(), uri.authority.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7F; })) {
    return InvalidArgument("the authority has a control character or a space");
  }
  return uri;
}

// What is left of `path` below `folder`, with its leading slash; nothing when it is not below.
std::optional<std::string_view> Below(std::string_view path, std::string_view folder) {
  if (folder == "/") return path == "/" ? std::string_view() : path;
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return path;
}

}  // namespace

absl::StatusOr<MountTable> MountTable::Create(const std::vector<Mount>& mounts) {
  MountTable table;
  std::string problems;
  const auto problem = [&](size_t i, const char* field, const std::string& what) {
    problems += (problems.empty() ? "" : "\n") + ("mounts[" + std::to_string(i) + "].") + field + ": " + what;
  };
  for (size_t i = 0; i < mounts.size(); ++i) {
    Mount mount = mounts[i];
    if (!IsCanonicalPath(mount.path)) {
      const absl::StatusOr<std::string> canonical = CanonicalPath(mount.path);
      problem(i, "path",
              canonical.ok() ? "write it without trailing slash"
                             : "'" + mount.path + "': " + MessageOf(canonical.status()));
    }
    const absl::StatusOr<Uri> uri = ParseUri(mount.ufs_uri);
    if (!uri.ok()) {
      problem(i, "ufs_uri", "'" + mount.ufs_uri + "': " + MessageOf(uri.status()));
    } else if (uri->scheme == "alluxio") {
      problem(i, "ufs_uri", "'" + mount.ufs_uri + "' is of the namespace itself, not of an under-store");
    } else {
      mount.ufs_uri = uri->Text();
      table.sources_.push_back({Family(uri->scheme), uri->authority, uri->path});
    }
    for (size_t k = 0; k < table.mounts_.size(); ++k) {
      if (table.mounts_[k].path == mount.path) problem(i, "path", "'" + mount.path + "' stands twice");
      if (table.mounts_[k].ufs_uri == mount.ufs_uri) problem(i, "ufs_uri", "'" + mount.ufs_uri + "' stands twice");
    }
    table.mounts_.push_back(std::move(mount));
  }
  if (!problems.empty()) return InvalidArgument(problems);
  return table;
}

MountTable MountTable::Join(const MountTable& configured, std::vector<Mount> of_master,
                            std::vector<std::string>* problems) {
  std::vector<Mount> all = configured.mounts_;
  MountTable joined = configured;
  std::vector<Mount> added;
  for (Mount& mount : of_master) {
    mount.by_master = true;
    if (mount.ufs_uri.size() > 1 && mount.ufs_uri.back() == '/') mount.ufs_uri.pop_back();
    const bool overridden = std::any_of(all.begin(), all.end(), [&](const Mount& other) {
      return !other.by_master && (other.path == mount.path || other.ufs_uri == mount.ufs_uri);
    });
    if (!overridden) added.push_back(std::move(mount));
  }
  std::vector<Mount> together = all;
  together.insert(together.end(), added.begin(), added.end());
  absl::StatusOr<MountTable> whole = Create(together);
  if (whole.ok()) return std::move(whole).value();
  // One by one, to find which are to be left out.
  for (const Mount& mount : added) {
    all.push_back(mount);
    absl::StatusOr<MountTable> table = Create(all);
    if (table.ok()) {
      joined = std::move(table).value();
      continue;
    }
    all.pop_back();
    problems->push_back("the master's mount " + mount.path + " is left out: " + MessageOf(table.status()));
  }
  return joined;
}

const Mount* MountTable::FindMount(const Source& uri, std::string_view* rest) const {
  const Mount* best = nullptr;
  size_t best_length = 0;
  for (size_t i = 0; i < mounts_.size(); ++i) {
    const Source& source = sources_[i];
    if (source.scheme != uri.scheme || source.authority != uri.authority) continue;
    const std::optional<std::string_view> below = Below(uri.path, source.path);
    if (!below.has_value() || (best != nullptr && source.path.size() <= best_length)) continue;
    best = &mounts_[i];
    *rest = *below;
    best_length = source.path.size();
  }
  return best;
}

bool MountTable::IsForeign(std::string_view uri) {
  if (uri.empty() || uri.front() == '/' || uri.size() > kMaxPathBytes) return false;
  const absl::StatusOr<Uri> parsed = ParseUri(uri);
  return parsed.ok() && parsed->scheme != "alluxio";
}

absl::StatusOr<std::string> MountTable::Resolve(std::string_view text) const {
  if (text.empty()) return InvalidArgument("the input is empty");
  if (text.size() > kMaxPathBytes) {
    return InvalidArgument("has " + std::to_string(text.size()) + " bytes, allowed are " +
                           std::to_string(kMaxPathBytes));
  }
  if (text.front() == '/') return CanonicalPath(text);
  LOCUS_ASSIGN_OR_RETURN(const Uri uri, ParseUri(text));
  if (uri.scheme == "alluxio") return uri.path;

  std::string_view best_rest;
  const Source source{Family(uri.scheme), uri.authority, uri.path};
  const Mount* best = FindMount(source, &best_rest);
  if (best == nullptr) {
    return InvalidArgument("no mount covers " + uri.Text() + ": add one with ufs_uri: " + uri.scheme + "://" +
                           uri.authority + " under 'mounts' in the configuration of locus-meta");
  }
  const std::string path = (best->path == "/" ? "" : best->path) + std::string(best_rest);
  const std::string result = path.empty() ? "/" : path;
  for (const Mount& other : mounts_) {
    if (other.path.size() > best->path.size() && Below(result, other.path).has_value()) {
      return InvalidArgument(uri.Text() + " is hidden: at " + other.path + " the namespace shows " + other.ufs_uri);
    }
  }
  return CanonicalPath(result);
}

}  // namespace locus::meta
