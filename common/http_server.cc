#include "common/http_server.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "common/closed_connections.h"
#include "common/http_body.h"
#include "common/log.h"
#include "common/socket_buffer.h"
#include "common/status.h"
#include "common/tls_files.h"
#include "common/tls_transport.h"

namespace locus {
namespace {

// Request line and header fields together. Go's client sends a few hundred bytes.
constexpr size_t kMaxHeadBytes = 64 << 10;
// Chunks of one byte cost six on the wire: what a chunked body may cost over its own length.
constexpr size_t kChunkOverhead = 8;
// A connection that has been silent for this long makes room when others wait for a thread.
constexpr int kYieldAfterMs = 1000;
constexpr Duration kDrainTime = std::chrono::seconds(1);

// Connections that wait for a thread; beyond it, new ones are closed at once. Each holds a descriptor, of which a
// process may have no more than 1,024.
constexpr int kMaxWaiting = 256;
// Connections that the kernel holds for us. httplib asks for five: a burst of a few more would have to knock again, a
// second later each, and a kube-scheduler among them.
constexpr int kBacklog = 512;

// What the handling of one request knows of its connection.
struct Exchange {
  SocketBuffer& socket;
  const HttpServerOptions& options;
  // Null: plain HTTP.
  const TlsTransport* tls = nullptr;
  // The head was understood; otherwise nobody knows where the next request starts.
  bool parsed = false;
  bool last = false;
  std::string content_type;
  std::optional<HttpRefusal> refusal;
};

// httplib has no place for it: the exchange that this thread is in.
thread_local Exchange* current_exchange = nullptr;
// Nor for this: the connection at hand is one too many.
thread_local bool refuse_connection = false;

std::vector<std::string> ValuesOf(const httplib::Request& request, const char* name) {
  std::vector<std::string> values;
  const auto [first, last] = request.headers.equal_range(name);
  for (auto field = first; field != last; ++field) values.push_back(field->second);
  return values;
}

// Between head and routing: reads the body within our bounds, and takes away the fields on which httplib would act by
// itself. It would decompress to any size, read a body without a length until the connection ends, multiply an answer
// by the ranges that are asked for, and compress every answer to a Go client.
void ReceiveBody(httplib::Request& request, Exchange& exchange) {
  exchange.parsed = true;
  exchange.content_type = request.get_header_value("Content-Type");
  const size_t max_bytes = exchange.options.max_body_bytes;
  const BodyLength length = BodyLengthOf({ValuesOf(request, "Content-Length"), ValuesOf(request, "Transfer-Encoding"),
                                          ValuesOf(request, "Content-Encoding")},
                                         max_bytes);
  if (exchange.options.guard) {
    const std::string authorization = request.get_header_value("Authorization");
    const bool certified = exchange.tls != nullptr && exchange.tls->certified();
    exchange.refusal = exchange.options.guard({request.method, request.path, authorization, certified});
  }
  if (!exchange.refusal) exchange.refusal = length.refusal;
  if (!exchange.refusal) {
    if (::strcasecmp(request.get_header_value("Expect").c_str(), "100-continue") == 0) {
      constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
      exchange.socket.Write(kGoOn.data(), kGoOn.size());
      exchange.socket.Flush();
    }
    exchange.socket.AllowBytes(length.chunked ? kChunkOverhead * max_bytes : length.bytes);
    exchange.refusal = ReadBody(length, max_bytes, exchange.socket, &request.body);
  }
  const std::string connection = request.get_header_value("Connection");
  const bool keep = request.version == "HTTP/1.1" ? ::strcasecmp(connection.c_str(), "close") != 0
                                                  : ::strcasecmp(connection.c_str(), "keep-alive") == 0;
  exchange.last = exchange.refusal.has_value() || !keep;
  for (const char* name : {"Content-Type", "Content-Length", "Transfer-Encoding", "Content-Encoding", "Expect",
                           "Accept-Encoding", "Range", "Connection"}) {
    request.headers.erase(name);
  }
  request.ranges.clear();
  if (exchange.last) request.headers.emplace("Connection", "close");
}

std::string PeerOf(int sock) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::getpeername(sock, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "";
  const void* const address = peer.ss_family == AF_INET6
                                  ? static_cast<const void*>(&reinterpret_cast<sockaddr_in6*>(&peer)->sin6_addr)
                                  : &reinterpret_cast<sockaddr_in*>(&peer)->sin_addr;
  return ::inet_ntop(peer.ss_family, address, text.data(), text.size()) == nullptr ? "" : text.data();
}

// SocketBuffer as httplib sees it. The stock stream reads 4 KiB at a time and sends head and body apart, which costs a
// delayed ACK on some clients.
class BufferedStream final : public httplib::Stream {
 public:
  explicit BufferedStream(SocketBuffer& socket) : socket_(socket) {}
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override { return socket_.Read(to, size); }
  ssize_t write(const char* data, size_t size) override {
    return socket_.Write(data, size) ? static_cast<ssize_t>(size) : -1;
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  // httplib only asks whether it fits select(), which nobody calls here.
  socket_t socket() const override { return 0; }

 private:
  SocketBuffer& socket_;
};

// A counter that poll can wait for.
class EventCounter {
 public:
  explicit EventCounter(int flags) : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | flags)) {}
  ~EventCounter() { ::close(fd_); }
  EventCounter(const EventCounter&) = delete;
  EventCounter& operator=(const EventCounter&) = delete;
  int fd() const { return fd_; }
  void Add() {
    const uint64_t one = 1;
    if (::write(fd_, &one, sizeof one) < 0) LogError("cannot signal inside the HTTP server");
  }
  // False when it is at zero.
  bool Take() {
    uint64_t value = 0;
    return ::read(fd_, &value, sizeof value) > 0;
  }

 private:
  const int fd_;
};

// httplib's pool, which also asks an idle connection to leave for each one that waits for a thread.
class ConnectionPool final : public httplib::TaskQueue {
 public:
  ConnectionPool(int threads, EventCounter& wanted)
      : pool_(static_cast<size_t>(threads)), threads_(threads), wanted_(wanted) {}
  void enqueue(std::function<void()> serve) override {
    if (open_.load() >= threads_ + kMaxWaiting) {
      refuse_connection = true;
      serve();
      refuse_connection = false;
      return;
    }
    if (open_.fetch_add(1) >= threads_) wanted_.Add();
    pool_.enqueue([this, serve = std::move(serve)] {
      serve();
      // Nobody waits any more: what was asked for and not given is void.
      if (open_.fetch_sub(1) <= threads_) {
        while (wanted_.Take()) {
        }
      }
    });
  }
  void shutdown() override { pool_.shutdown(); }

 private:
  httplib::ThreadPool pool_;
  const int threads_;
  EventCounter& wanted_;
  std::atomic<int> open_{0};
};

// httplib's server with our own connection loop: waits for the next request or the stop signal, whichever comes first.
class LoopServer final : public httplib::Server {
 public:
  LoopServer(const HttpServerOptions& options, Metrics* metrics) : options_(options), closed_(metrics, clock_) {
    if (options.tls != nullptr) acceptor_.emplace(options.tls);
    new_task_queue = [this] { return new ConnectionPool(options_.threads, wanted_); };
  }

  void SignalStop() {
    // Never taken, so it stays readable for every connection.
    stop_.Add();
    stop();
  }

 private:
  bool process_and_close_socket(socket_t sock) override {
    if (refuse_connection) {
      ::close(sock);
      closed_.TooMany(options_.threads, kMaxWaiting);
      return false;
    }
    const int on = 1;
    ::setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bool ok = true;
    // An exception here would end the process: httplib guards its handlers only.
    try {
      ok = ServeConnection(sock);
    } catch (const std::exception& e) {
      current_exchange = nullptr;
      LogError("an HTTP connection was given up", {{"what", e.what()}});
      ok = false;
    }
    // A refused body may still be on its way: take in some of it, or the reset would lose the answer.
    ::shutdown(sock, SHUT_WR);
    DrainBriefly(sock);
    ::close(sock);
    return ok;
  }

  bool ServeConnection(int sock) {
    PlainTransport plain(sock);
    std::unique_ptr<TlsTransport> tls;
    std::string peer;
    if (acceptor_) {
      absl::StatusOr<std::unique_ptr<TlsTransport>> accepted = acceptor_->Accept(sock);
      if (!accepted.ok()) {
        LogError("an HTTPS connection was given up", {{"problem", MessageOf(accepted.status())}});
        return false;
      }
      tls = *std::move(accepted);
      // It may be gone by the time there is something to say about it.
      peer = PeerOf(sock);
    }
    SocketBuffer socket(sock, tls != nullptr ? static_cast<Transport&>(*tls) : plain, options_.io_timeout, clock_);
    BufferedStream stream(socket);
    bool ok = true;
    bool last = false;
    while (ok && !last && (socket.HasBufferedInput() || NextRequest(sock))) {
      socket.BeginRequest(kMaxHeadBytes);
      Exchange exchange{socket, options_, tls.get(), false, false, {}, {}};
      current_exchange = &exchange;
      bool closed = false;
      ok = process_request(stream, /*close_connection=*/false, closed,
                           [&](httplib::Request& request) { ReceiveBody(request, exchange); });
      current_exchange = nullptr;
      ok = socket.Flush() && ok;
      last = closed || exchange.last || !exchange.parsed;
    }
    if (socket.late()) closed_.TooSlow(PeerOf(sock), options_.io_timeout);
    if (tls != nullptr) {
      if (!tls->problem().empty()) options_.tls->HandshakeFailed(peer, tls->problem());
      tls->End();
    }
    return ok;
  }

  // Waits until the connection has something to read. False: stop, idle for too long, or others wait for the thread.
  bool NextRequest(int sock) {
    const auto idle_ms = static_cast<int>(ToMillis(options_.idle_timeout).count());
    const int grace_ms = std::min(idle_ms, kYieldAfterMs);
    pollfd fds[3] = {{sock, POLLIN, 0}, {stop_.fd(), POLLIN, 0}, {wanted_.fd(), POLLIN, 0}};
    int n = Poll(fds, 2, grace_ms);
    const SteadyTime end = clock_.Now() + std::chrono::milliseconds(idle_ms - grace_ms);
    while (n == 0) {
      const int64_t left_ms = ToMillis(end - clock_.Now()).count();
      if (left_ms <= 0) return false;
      n = Poll(fds, 3, static_cast<int>(left_ms));
      const bool busy = ((fds[0].revents | fds[1].revents) & POLLIN) != 0;
      if (n > 0 && !busy && (fds[2].revents & POLLIN) != 0) {
        if (wanted_.Take()) return false;
        n = 0;
      }
    }
    return n > 0 && (fds[1].revents & POLLIN) == 0 && (fds[0].revents & POLLIN) != 0;
  }

  void DrainBriefly(int sock) {
    char waste[65536];
    // At most 64 MiB, one second, and 200 ms of silence: enough for a body somewhat over the bound, no gift to an
    // attacker.
    const SteadyTime end = clock_.Now() + kDrainTime;
    for (int i = 0; i < 1024 && clock_.Now() < end; ++i) {
      pollfd fds[2] = {{sock, POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
      if (Poll(fds, 2, 200) <= 0 || (fds[1].revents & POLLIN) != 0) return;
      if (::recv(sock, waste, sizeof waste, MSG_DONTWAIT) <= 0) return;
    }
  }

  static int Poll(pollfd* fds, nfds_t count, int timeout_ms) {
    int n = 0;
    do {
      n = ::poll(fds, count, timeout_ms);
    } while (n < 0 && errno == EINTR);
    return n;
  }

  const HttpServerOptions options_;
  // Absent: plain HTTP.
  std::optional<TlsAcceptor> acceptor_;
  const SystemClock clock_;
  ClosedConnections closed_;
  EventCounter stop_{0};
  EventCounter wanted_{EFD_SEMAPHORE};
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
  Impl(HttpServerOptions o, Metrics* m) : options(std::move(o)), server(options, m) {
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

  HttpResponse Dispatch(const httplib::Request& request, const Exchange& exchange, std::string& allow) const {
    if (exchange.refusal) return PlainError(exchange.refusal->status, exchange.refusal->text);
    const RouteEntry* route = Find(request.path);
    if (route == nullptr) return PlainError(404, "no such path: " + request.path);
    auto method = route->methods.find(request.method);
    // RFC 9110, 9.3.2: HEAD is GET without the body, which httplib leaves out.
    if (method == route->methods.end() && request.method == "HEAD") method = route->methods.find("GET");
    if (method == route->methods.end()) {
      for (const auto& [name, unused] : route->methods) allow += (allow.empty() ? "" : ", ") + name;
      return PlainError(405, "use " + allow + " here");
    }
    HttpRequest own;
    own.method = request.method;
    own.path = request.path;
    if (route->prefix) own.rest = std::string_view(request.path).substr(route->path.size());
    own.body = request.body;
    own.content_type = exchange.content_type;
    own.query = [&request](const std::string& key) { return request.get_param_value(key); };
    try {
      return method->second(own);
    } catch (const std::exception& e) {
      LogError("an HTTP handler threw", {{"path", request.path}, {"what", e.what()}});
    } catch (...) {
      LogError("an HTTP handler threw", {{"path", request.path}});
    }
    return PlainError(500, "internal error");
  }

  void Handle(const httplib::Request& request, httplib::Response& response) const {
    std::string allow;
    HttpResponse own = Dispatch(request, *current_exchange, allow);
    if (!allow.empty()) response.set_header("Allow", allow);
    // RFC 9110, 15.5.2: a 401 says how to ask.
    if (own.status == 401) response.set_header("WWW-Authenticate", "Bearer realm=\"locus\"");
    response.status = own.status;
    response.body = std::move(own.body);
    response.set_header("Content-Type", own.content_type);
    for (const auto& [name, value] : own.headers) response.set_header(name, value);
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
  // Both only for the Keep-Alive field of the answers: the loop is ours.
  server.set_keep_alive_max_count(SIZE_MAX);
  server.set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(s.options.idle_timeout).count());
  server.set_tcp_nodelay(true);
  // No SO_REUSEPORT (httplib's default): a second process on the same port must fail, not share it.
  socket_t listener = -1;
  server.set_socket_options([&listener](socket_t sock) {
    const int on = 1;
    ::setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    listener = sock;
  });
  // Before httplib's own routing, which would match each path against regular expressions.
  server.set_pre_routing_handler([&s](const httplib::Request& request, httplib::Response& response) {
    s.Handle(request, response);
    return httplib::Server::HandlerResponse::Handled;
  });
  server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
    // What httplib refuses by itself: a malformed request line or header.
    if (response.body.empty()) response.set_content("bad request\n", "text/plain; charset=utf-8");
  });
  server.set_logger([&s](const httplib::Request&, const httplib::Response& response) {
    const size_t index = static_cast<size_t>(response.status / 100);
    if (index >= 1 && index <= s.requests.size()) s.requests[index - 1].Increment();
  });
  errno = 0;
  s.port = s.options.port;
  if (s.port == 0) {
    s.port = server.bind_to_any_port(s.options.address);
  } else if (!server.bind_to_port(s.options.address, s.port)) {
    s.port = -1;
  }
  if (s.port < 0) {
    return Unavailable("cannot listen on " + s.options.address + ":" + std::to_string(s.options.port) + ": " +
                       (errno == 0 ? "not an address of this machine" : std::strerror(errno)));
  }
  server.set_socket_options(nullptr);
  ::listen(listener, kBacklog);
  s.thread = std::thread([&s, &server] {
    if (!server.listen_after_bind() && !s.stopped) LogError("the HTTP server takes no more connections");
  });
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
