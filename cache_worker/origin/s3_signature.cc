#include "cache_worker/origin/s3_signature.h"

#include <algorithm>

#include "cache_worker/origin/sha256.h"
#include "common/url.h"

namespace locus::worker {
namespace {

constexpr size_t kDateLength = 8;
constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

}  // namespace

std::string CanonicalQuery(const NamedValues& query) {
  NamedValues encoded;
  for (const auto& [name, value] : query) encoded.emplace_back(PercentEncoded(name), PercentEncoded(value));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

std::string Authorization(const RequestToSign& request, const S3Credentials& credentials, std::string_view region,
                          std::string_view service, std::string_view amz_time) {
  NamedValues headers = request.headers;
  std::sort(headers.begin(), headers.end());
  std::string header_lines, names;
  for (const auto& [name, value] : headers) {
    header_lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical = request.method + "\n" + request.path + "\n" + CanonicalQuery(request.query) + "\n" +
                                header_lines + "\n" + names + "\n" + kEmptySha256;
  const std::string date(amz_time.substr(0, kDateLength));
  const std::string scope = date + "/" + std::string(region) + "/" + std::string(service) + "/aws4_request";
  const std::string to_sign =
      std::string(kAlgorithm) + "\n" + std::string(amz_time) + "\n" + scope + "\n" + Sha256Hex(canonical);
  std::string key = HmacSha256("AWS4" + credentials.secret_key, date);
  for (const std::string_view part : {region, service, std::string_view("aws4_request")}) key = HmacSha256(key, part);
  return std::string(kAlgorithm) + " Credential=" + credentials.access_key + "/" + scope + ", SignedHeaders=" + names +
         ", Signature=" + Hex(HmacSha256(key, to_sign));
}

}  // namespace locus::worker
