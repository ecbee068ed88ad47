// An HTTP/1.1 server: cpp-httplib behind a small interface, with limits, an idle time-out and a stop that is prompt.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/http_body.h"
#include "common/metrics.h"

namespace locus {

struct HttpRequest {
  std::string_view method;
  std::string_view path;
  // What a trailing '*' of the route matched, percent-decoded.
  std::string_view rest;
  std::string_view body;
  std::string_view content_type;
  // First value of a query parameter, decoded; empty when absent.
  std::function<std::string(const std::string&)> query;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  // Further header fields.
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// Called on a connection's thread, many at once. The request's views live as long as the call. Exceptions become a 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

// Who asks for what: all that is known before the body is read.
struct HttpCaller {
  std::string_view method;
  std::string_view path;
  std::string_view authorization;
  // Has shown a certificate that is signed by an authority of `tls`.
  bool certified = false;
};

// Called on a connection's thread, many at once. A refusal is the answer; the body is then not read.
using HttpGuard = std::function<std::optional<HttpRefusal>(const HttpCaller&)>;

class TlsFiles;

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  // 0: chosen by the kernel, see port().
  int port = 0;
  size_t max_body_bytes = 16 << 20;
  // A connection holds a thread while it is open. When all are taken, further connections wait, and for each of them
  // one that has been idle for a second is closed.
  int threads = 32;
  Duration idle_timeout = std::chrono::seconds(120);
  // For one request to arrive whole, and for one answer to be taken.
  Duration io_timeout = std::chrono::seconds(5);
  // Serve HTTPS with these, as they are when a connection begins; null: plain HTTP.
  std::shared_ptr<const TlsFiles> tls;
  // Absent: everybody may ask for everything.
  HttpGuard guard;
};

// Answers 404 for an unknown path, 405 with Allow for a known path with another method, 413 beyond max_body_bytes, 415
// for a compressed body, 408 for one that does not arrive in time. HEAD is answered as GET without the body. Answers
// are never compressed. Every answer carries Content-Length and leaves in one write (TCP_NODELAY), so that a Go client
// keeps its connection. Thread-safe.
class HttpServer {
 public:
  // Counts requests by status class in locus_http_requests_total when `metrics` is given; it must outlive the server.
  explicit HttpServer(HttpServerOptions options, Metrics* metrics = nullptr);
  // Stops.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Before Start. `path` is exact, or ends in '*' and matches what starts with the text before it; the longest match
  // wins.
  void Route(const std::string& method, const std::string& path, HttpHandler handler);

  // Binds and serves on own threads. UNAVAILABLE names address and port when they cannot be bound.
  absl::Status Start();

  // The port that was bound. After Start.
  int port() const;

  // Takes no new connection, lets requests in progress finish, closes idle ones at once, joins. Idempotent.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace locus
