// The section `origin` of worker.yaml: what its fields must be to each other.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cache_worker/origin/s3_address.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

// Problems, each with its field's path in front: neither folder nor mounts or both, a mount that is not exactly one of
// folder, http and s3, a path that is not canonical or stands twice, a URL, prefix or manifest that cannot be. Pure.
std::vector<std::string> OriginProblems(const config::v1::Worker::Origin& origin);

// Field and path of each local folder, for checks against others.
std::vector<std::pair<std::string, std::string>> OriginFolders(const config::v1::Worker::Origin& origin);

// What a mount is; the defaults of the schema's other fields do not count.
enum class OriginKind { kFolder, kHttp, kS3 };
// Of a mount without problems.
OriginKind KindOf(const config::v1::Worker::OriginMount& mount);

// "http://host:port" of "http://host:port/folder", and "http://host:port/folder" of the same with slashes at the end.
std::string ServerOf(const std::string& url);
std::string WithoutSlashes(std::string url);

absl::StatusOr<S3Address> AddressOf(const config::v1::Worker::S3Origin& s3);

}  // namespace locus::worker
