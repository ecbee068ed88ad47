#include "common/http_server.h"

#include <httplib.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "common/log.h"
#include "common/status.h"

namespace locus {
namespace {

// A connected socket as httplib's Stream: reads through a large buffer, gathers writes until the answer is complete.
// The stock one reads 4 KiB at a time and sends head and body apart, which costs a delayed ACK on some clients.
class BufferedSocketStream final : public httplib::Stream {
 public:
  BufferedSocketStream(int fd, Duration io_timeout)
      : fd_(fd), timeout_ms_(static_cast<int>(ToMillis(io_timeout).count())), in_(kInBytes) {}

  bool is_readable() const override { return begin_ < end_ || Wait(POLLIN); }
  bool is_writable() const override { return Wait(POLLOUT); }

  ssize_t read(char* to, size_t size) override {
    if (begin_ == end_) {
      // A large body goes straight to the reader's memory.
      if (size >= in_.size()) return Receive(to, size);
      const ssize_t got = Receive(in_.data(), in_.size());
      if (got <= 0) return got;
      begin_ = 0;
      end_ = static_cast<size_t>(got);
    }
    const size_t n = std::min(size, end_ - begin_);
    std::memcpy(to, in_.data() + begin_, n);
    begin_ += n;
    return static_cast<ssize_t>(n);
  }

  ssize_t write(const char* data, size_t size) override {
    out_.append(data, size);
    if (out_.size() > kOutBytes && !Flush()) return -1;
    return static_cast<ssize_t>(size);
  }

  // Sends what has gathered. False: the peer is gone or too slow.
  bool Flush() {
    size_t sent = 0;
    while (sent < out_.size()) {
      const ssize_t n = ::send(fd_, out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n > 0) {
        sent += static_cast<size_t>(n);
      } else if (errno == EINTR) {
        continue;
      } else if ((errno != EAGAIN && errno != EWOULDBLOCK) || !Wait(POLLOUT)) {
        return false;
      }
    }
    out_.clear();
    return true;
  }

  bool HasBufferedInput() const { return begin_ < end_; }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return fd_; }

 private:
  static constexpr size_t kInBytes = 64 << 10;
  // Answers below this size leave in one send.
  static constexpr size_t kOutBytes = 1 << 20;

  bool Wait(short events) const {
    pollfd p{fd_, events, 0};
    int n = 0;
    do {
      n = ::poll(&p, 1, timeout_ms_);
    } while (n < 0 && errno == EINTR);
    return n > 0;
  }

  ssize_t Receive(char* to, size_t size) {
    for (;;) {
      const ssize_t n = ::recv(fd_, to, size, MSG_DONTWAIT);
      if (n >= 0) return n;
      if (errno == EINTR) continue;
      if ((errno != EAGAIN && errno != EWOULDBLOCK) || !Wait(POLLIN)) return -1;
    }
  }

  const int fd_;
  const int timeout_ms_;
  std::vector<char> in_;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::string out_;
};

// httplib's server with our own connection loop: waits for the next request or the stop signal, whichever comes first.
class LoopServer final : public httplib::Server {
 public:
  LoopServer(Duration idle_timeout, Duration io_timeout)
      : stop_fd_(::eventfd(0, EFD_CLOEXEC)), idle_timeout_(idle_timeout), io_timeout_(io_timeout) {}
  ~LoopServer() override { ::close(stop_fd_); }

  void SignalStop() {
    const uint64_t one = 1;
    // Never read, so it stays readable for every connection.
    if (::write(stop_fd_, &one, sizeof one) < 0) LogError("cannot signal stop to the HTTP server");
    stop();
  }

 private:
  bool process_and_close_socket(socket_t sock) override {
    const int on = 1;
    ::setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    BufferedSocketStream stream(sock, io_timeout_);
    bool closed = false;
    bool ok = true;
    while (ok && !closed && (stream.HasBufferedInput() || NextRequest(sock))) {
      ok = process_request(stream, /*close_connection=*/false, closed, nullptr) && stream.Flush();
    }
    stream.Flush();
    // A refused body (413) may still be on its way: take in some of it, or the reset would lose the answer.
    ::shutdown(sock, SHUT_WR);
    DrainBriefly(sock);
    ::close(sock);
    return ok;
  }

  bool NextRequest(int sock) const {
    pollfd fds[2] = {{sock, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    int n = 0;
    do {
      n = ::poll(fds, 2, static_cast<int>(ToMillis(idle_timeout_).count()));
    } while (n < 0 && errno == EINTR);
    return n > 0 && (fds[1].revents & POLLIN) == 0 && (fds[0].revents & POLLIN) != 0;
  }

  void DrainBriefly(int sock) const {
    char waste[65536];
    // At most 64 MiB and 200 ms of silence: enough for a body somewhat over the bound, no gift to an attacker.
    for (int i = 0; i < 1024; ++i) {
      pollfd fds[2] = {{sock, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
      if (::poll(fds, 2, 200) <= 0 || (fds[1].revents & POLLIN) != 0) return;
      if (::recv(sock, waste, sizeof waste, MSG_DONTWAIT) <= 0) return;
    }
  }

  const int stop_fd_;
  const Duration idle_timeout_;
  const Duration io_timeout_;
};

struct RouteEntry {
  std::string path;  // without the '*'
  bool prefix = false;
  std::map<std::string, HttpHandler, std::less<>> methods;
};

HttpResponse PlainError(int status, const std::string& text) {
  return {status, "text/plain; charset=utf-8", text + "\n"};
}

}  // namespace

struct HttpServer::Impl {
  Impl(HttpServerOptions o, Metrics* m) : options(std::move(o)), server(options.idle_timeout, options.io_timeout) {
    if (m == nullptr) return;
    for (int i = 1; i <= 5; ++i) {
      requests.push_back(m->GetCounter("locus_http_requests_total", "HTTP requests by status class.",
                                       {{"code", std::to_string(i) + "xx"}}));
    }
  }

  const RouteEntry* Find(std::string_view path) const {
    const RouteEntry* best = nullptr;
    for (const RouteEntry& r : routes) {
      const bool match = r.prefix ? path.substr(0, r.path.size()) == r.path : path == r.path;
      // An exact route beats a prefix of the same length.
      if (match && (best == nullptr || r.path.size() > best->path.size() || !r.prefix)) best = &r;
    }
    return best;
  }

  HttpResponse Dispatch(const httplib::Request& request, std::string& allow) const {
    const RouteEntry* route = Find(request.path);
    if (route == nullptr) return PlainError(404, "no such path: " + request.path);
    const auto method = route->methods.find(request.method);
    if (method == route->methods.end()) {
      for (const auto& [name, unused] : route->methods) allow += (allow.empty() ? "" : ", ") + name;
      return PlainError(405, "use " + allow + " here");
    }
    HttpRequest own;
    own.method = request.method;
    own.path = request.path;
    if (route->prefix) own.rest = std::string_view(request.path).substr(route->path.size());
    own.body = request.body;
    const std::string content_type = request.get_header_value("Content-Type");
    own.content_type = content_type;
    own.query = [&request](const std::string& key) { return request.get_param_value(key); };
    try {
      return method->second(own);
    } catch (const std::exception& e) {
      LogError("an HTTP handler threw", {{"path", request.path}, {"what", e.what()}});
      return PlainError(500, "internal error");
    }
  }

  void Handle(const httplib::Request& request, httplib::Response& response) const {
    std::string allow;
    HttpResponse own = Dispatch(request, allow);
    if (!allow.empty()) response.set_header("Allow", allow);
    response.status = own.status;
    response.body = std::move(own.body);
    response.set_header("Content-Type", own.content_type);
  }

  const HttpServerOptions options;
  LoopServer server;
  std::vector<RouteEntry> routes;
  std::vector<Counter> requests;
  std::thread thread;
  int port = 0;
  std::atomic<bool> stopped{false};
};

HttpServer::HttpServer(HttpServerOptions options, Metrics* metrics)
    : impl_(std::make_unique<Impl>(std::move(options), metrics)) {}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::Route(const std::string& method, const std::string& path, HttpHandler handler) {
  const bool prefix = !path.empty() && path.back() == '*';
  const std::string stem = prefix ? path.substr(0, path.size() - 1) : path;
  for (RouteEntry& r : impl_->routes) {
    if (r.path == stem && r.prefix == prefix) {
      r.methods[method] = std::move(handler);
      return;
    }
  }
  impl_->routes.push_back({stem, prefix, {}});
  impl_->routes.back().methods[method] = std::move(handler);
}

absl::Status HttpServer::Start() {
  Impl& s = *impl_;
  httplib::Server& server = s.server;
  server.new_task_queue = [&s] { return new httplib::ThreadPool(static_cast<size_t>(s.options.threads)); };
  server.set_payload_max_length(s.options.max_body_bytes);
  server.set_keep_alive_max_count(SIZE_MAX);
  server.set_tcp_nodelay(true);
  // No SO_REUSEPORT (httplib's default): a second process on the same port must fail, not share it.
  server.set_socket_options([](socket_t sock) {
    const int on = 1;
    ::setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  // One handler for all: httplib would match each route as a regular expression.
  const auto handle = [&s](const httplib::Request& request, httplib::Response& response) {
    s.Handle(request, response);
  };
  server.Get(".*", handle);
  server.Post(".*", handle);
  server.Put(".*", handle);
  server.Patch(".*", handle);
  server.Delete(".*", handle);
  server.Options(".*", handle);
  server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (!response.body.empty()) return;
    response.set_content(response.status == 413 ? "the body is over this server's bound\n" : "bad request\n",
                         "text/plain; charset=utf-8");
  });
  server.set_logger([&s](const httplib::Request&, const httplib::Response& response) {
    const size_t index = static_cast<size_t>(response.status / 100);
    if (index >= 1 && index <= s.requests.size()) s.requests[index - 1].Increment();
  });
  const std::string where = s.options.address + ":" + std::to_string(s.options.port);
  if (s.options.port == 0) {
    s.port = server.bind_to_any_port(s.options.address);
    if (s.port < 0) return Unavailable("cannot listen on " + where + ": " + std::strerror(errno));
  } else {
    if (!server.bind_to_port(s.options.address, s.options.port)) {
      return Unavailable("cannot listen on " + where + ": " + std::strerror(errno));
    }
    s.port = s.options.port;
  }
  s.thread = std::thread([&server] { server.listen_after_bind(); });
  // stop() before the loop runs would be lost.
  while (!server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return absl::OkStatus();
}

int HttpServer::port() const { return impl_->port; }

void HttpServer::Stop() {
  if (impl_->stopped.exchange(true)) return;
  if (!impl_->thread.joinable()) return;
  impl_->server.SignalStop();
  impl_->thread.join();
}

}  // namespace locus
