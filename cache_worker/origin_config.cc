#include "cache_worker/origin_config.h"

#include <set>

#include "cache_worker/origin/path.h"
#include "common/status.h"

namespace locus::worker {
namespace {

using config::v1::Worker;

// Whether something is set that says that the mount is meant to be one of HTTP.
bool IsGiven(const Worker::HttpOrigin& http) { return http.ByteSizeLong() > 0; }

bool IsGiven(const Worker::S3Origin& s3) {
  Worker::S3Origin rest = s3;
  // These have defaults.
  rest.clear_region();
  rest.clear_profile();
  return rest.ByteSizeLong() > 0;
}

// A path below something, as in "a/b".
bool IsRelative(const std::string& path) { return CheckPath("/" + path).ok() && !path.empty(); }

// Problems of one mount, each with the mount's own field in front.
class Mount {
 public:
  explicit Mount(const Worker::OriginMount& mount) : mount_(mount) {}

  std::vector<std::string> Problems() {
    if (const absl::Status status = CheckPath(mount_.path()); !status.ok()) Add("path", MessageOf(status));
    const int kinds = !mount_.folder().empty() + IsGiven(mount_.http()) + IsGiven(mount_.s3());
    if (kinds != 1) {
      problems_.push_back(kinds == 0 ? ": needs one of folder, http and s3"
                                     : ": has more than one of folder, http and s3: keep one, or make two mounts");
    }
    if (IsGiven(mount_.http())) CheckHttp();
    if (IsGiven(mount_.s3())) CheckS3();
    return problems_;
  }

 private:
  void Add(const std::string& field, const std::string& what) { problems_.push_back("." + field + ": " + what); }

  void CheckHttp() {
    const Worker::HttpOrigin& http = mount_.http();
    const std::string& url = http.url();
    const bool https = url.starts_with("https://");
    if (url.empty()) {
      Add("http.url", "is required");
    } else if ((!https && !url.starts_with("http://")) || url.find_first_of("?#@ \t\n") != std::string::npos ||
               ServerOf(url).ends_with("/")) {
      Add("http.url", "'" + url + "' must be http(s)://host[:port][/folder], without user, query or blanks");
    }
    if (!http.manifest().empty() && !IsRelative(http.manifest())) {
      Add("http.manifest", "'" + http.manifest() + "' must be a path below url, as in lists/files.txt");
    }
    if (!http.token_file().empty() && !https) {
      Add("http.token_file", "a token goes over https:// only, where nobody else can read it");
    }
  }

  void CheckS3() {
    const Worker::S3Origin& s3 = mount_.s3();
    if (s3.bucket().empty()) {
      Add("s3.bucket", "is required");
    } else if (const auto address = AddressOf(s3); !address.ok()) {
      Add("s3", MessageOf(address.status()));
    }
    std::string prefix = s3.prefix();
    if (prefix.ends_with('/')) prefix.pop_back();
    if (!s3.prefix().empty() && (prefix.size() == s3.prefix().size() || !IsRelative(prefix))) {
      Add("s3.prefix", "'" + s3.prefix() + "' must end in '/', as in warehouse/tables/");
    }
    if (s3.anonymous() && !s3.credentials_file().empty()) {
      Add("s3.anonymous", "goes with no credentials_file: remove one of them");
    }
  }

  const Worker::OriginMount& mount_;
  std::vector<std::string> problems_;
};

std::string Field(int i) { return "origin.mounts." + std::to_string(i); }

}  // namespace

std::vector<std::string> OriginProblems(const Worker::Origin& origin) {
  std::vector<std::string> problems;
  if (origin.folder().empty() && origin.mounts().empty()) {
    problems.push_back("origin.folder: is required, or origin.mounts");
  }
  if (!origin.folder().empty() && !origin.mounts().empty()) {
    problems.push_back("origin.mounts: goes with no origin.folder: make that a mount too, with path /");
  }
  std::set<std::string> paths;
  for (int i = 0; i < origin.mounts_size(); ++i) {
    for (const std::string& problem : Mount(origin.mounts(i)).Problems()) problems.push_back(Field(i) + problem);
    if (!paths.insert(origin.mounts(i).path()).second) {
      problems.push_back(Field(i) + ".path: '" + origin.mounts(i).path() + "' stands twice");
    }
  }
  return problems;
}

std::vector<std::pair<std::string, std::string>> OriginFolders(const Worker::Origin& origin) {
  std::vector<std::pair<std::string, std::string>> folders;
  if (!origin.folder().empty()) folders.emplace_back("origin.folder", origin.folder());
  for (int i = 0; i < origin.mounts_size(); ++i) {
    if (!origin.mounts(i).folder().empty()) folders.emplace_back(Field(i) + ".folder", origin.mounts(i).folder());
  }
  return folders;
}

OriginKind KindOf(const Worker::OriginMount& mount) {
  if (!mount.folder().empty()) return OriginKind::kFolder;
  return IsGiven(mount.http()) ? OriginKind::kHttp : OriginKind::kS3;
}

std::string ServerOf(const std::string& url) {
  const size_t host = url.find("://") + 3;
  return url.substr(0, std::min(url.find('/', host), url.size()));
}

std::string WithoutSlashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

absl::StatusOr<S3Address> AddressOf(const Worker::S3Origin& s3) {
  return S3AddressOf(s3.endpoint(), s3.region(), s3.bucket(), s3.path_style());
}

}  // namespace locus::worker
