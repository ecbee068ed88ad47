#include "cache_worker/origin/s3_address.h"

#include <algorithm>

#include "common/status.h"
#include "common/url.h"

namespace locus::worker {
namespace {

std::string AmazonEndpoint(std::string_view region) {
  const std::string_view domain = region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  return "https://s3." + std::string(region) + std::string(domain);
}

bool IsHostPart(std::string_view bucket) {
  return !bucket.empty() && std::all_of(bucket.begin(), bucket.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

}  // namespace

absl::StatusOr<S3Address> S3AddressOf(std::string_view endpoint, std::string_view region, std::string_view bucket,
                                      bool path_style) {
  const std::string full = endpoint.empty() ? AmazonEndpoint(region) : std::string(endpoint);
  const size_t scheme_end = full.find("://");
  const std::string scheme = full.substr(0, scheme_end);
  std::string host = scheme_end == std::string::npos ? "" : full.substr(scheme_end + 3);
  if (!host.empty() && host.back() == '/') host.pop_back();
  if ((scheme != "http" && scheme != "https") || host.empty() || host.find_first_of("/?#@ \t") != std::string::npos) {
    return InvalidArgument("'" + full + "' must be http(s)://host[:port], without a path");
  }
  if (bucket.find('/') != std::string_view::npos) {
    return InvalidArgument("'" + std::string(bucket) + "' must be the bucket's name alone; keys below it go to prefix");
  }
  if (!path_style) {
    if (!IsHostPart(bucket)) {
      return InvalidArgument("'" + std::string(bucket) + "' cannot be part of a host name: set path_style");
    }
    if (scheme == "https" && bucket.find('.') != std::string_view::npos) {
      return InvalidArgument("'" + std::string(bucket) +
                             "' has a dot, so that no certificate fits bucket.endpoint: set path_style");
    }
    host = std::string(bucket) + "." + host;
  }
  S3Address address{scheme + "://" + host, host, path_style ? "/" + PercentEncoded(bucket) + "/" : "/"};
  const std::string implied = scheme == "http" ? ":80" : ":443";
  if (address.host.ends_with(implied)) address.host.resize(address.host.size() - implied.size());
  return address;
}

}  // namespace locus::worker
