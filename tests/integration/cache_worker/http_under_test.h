// A file behind a scripted server, and the origin that reads it as the worker does, with short waits.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "cache_worker/origin/curl_transport.h"
#include "cache_worker/origin/http_client.h"
#include "cache_worker/origin/http_object.h"
#include "common/clock.h"
#include "common/status.h"
#include "tests/unit/cache_worker/support/scripted_server.h"

namespace locus::worker {

inline constexpr const char* kModified = "Sun, 06 Nov 1994 08:49:37 GMT";
inline constexpr auto kStall = std::chrono::milliseconds(300);

// Counted together, as the worker does it.
struct TestClient {
  std::unique_ptr<HttpClient> Make(const std::string& server, uint32_t attempts = 3, const std::string& ca_file = "") {
    CurlOptions options{server, std::chrono::seconds(5), kStall, 4, ca_file};
    HttpClientOptions retries{server, attempts, std::chrono::milliseconds(5), 1};
    return std::make_unique<HttpClient>(retries, std::make_unique<CurlTransport>(options, clock), clock, stats);
  }
  const SystemClock clock;
  HttpStats stats;
};

// What a right server answers for a file of these bytes with this tag.
inline ScriptedAnswer ServeFile(const SeenRequest& request, const std::string& bytes, const std::string& tag = "v1") {
  std::vector<std::string> headers = {"ETag: \"" + tag + "\"", std::string("Last-Modified: ") + kModified};
  if (request.method == "HEAD") {
    ScriptedAnswer answer = Reply(200, headers, bytes);
    answer.bytes.resize(answer.bytes.size() - bytes.size());
    return answer;
  }
  const std::string range = request.Header("range");
  if (range.empty()) return Reply(200, headers, bytes);
  const size_t first = std::stoull(range.substr(6)), last = std::stoull(range.substr(range.find('-') + 1));
  if (first >= bytes.size()) return Reply(416);
  const size_t end = std::min(last + 1, bytes.size());
  headers.push_back("Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(end - 1) + "/" +
                    std::to_string(bytes.size()));
  return Reply(206, headers, bytes.substr(first, end - first));
}

inline bool Has(const absl::Status& status, const std::string& part) {
  UNSCOPED_INFO(MessageOf(status));
  return MessageOf(status).find(part) != std::string::npos;
}

}  // namespace locus::worker
