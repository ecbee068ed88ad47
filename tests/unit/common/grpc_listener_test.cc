// How many connections a gRPC server takes, on real sockets.
#include "common/grpc_listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/grpc_server.h"
#include "common/mutex.h"
#include "proto/locus/v1/cache.grpc.pb.h"

using namespace locus;
using namespace std::chrono_literals;

namespace {

class FakeCache final : public v1::CacheService::Service {
 public:
  grpc::Status Status(grpc::ServerContext* context, const v1::StatusRequest*, v1::StatusResponse*) override {
    MutexLock lock(mutex_);
    peer_ = context->peer();
    return grpc::Status::OK;
  }
  // Of the latest call.
  std::string peer() const {
    MutexLock lock(mutex_);
    return peer_;
  }

 private:
  mutable Mutex mutex_;
  std::string peer_ GUARDED_BY(mutex_);
};

// A TCP connection that says nothing.
class Silent {
 public:
  explicit Silent(const std::string& from = "127.0.0.1") : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in own = At(from, 0);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
  }
  ~Silent() { ::close(fd_); }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;

  void Connect(int port) const {
    const sockaddr_in server = At("127.0.0.1", port);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0);
  }
  // Whether the server has closed it; one that is served gets the server's settings at once.
  bool Refused() const {
    pollfd wait{fd_, POLLIN, 0};
    REQUIRE(::poll(&wait, 1, 10'000) == 1);
    char byte = 0;
    return ::recv(fd_, &byte, 1, 0) <= 0;
  }

 private:
  static sockaddr_in At(const std::string& address, int port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(static_cast<uint16_t>(port));
    ::inet_pton(AF_INET, address.c_str(), &result.sin_addr);
    return result;
  }
  const int fd_;
};

struct Served {
  explicit Served(ConnectionLimits limits, const std::string& address = "127.0.0.1") {
    GrpcServerOptions options;
    options.address = address;
    options.drain = 0s;
    options.connections = limits;
    server = std::make_unique<GrpcServer>(options, &metrics);
    REQUIRE(server->Start({&cache}).ok());
  }
  std::unique_ptr<Silent> Open(const std::string& from = "127.0.0.1") const {
    auto connection = std::make_unique<Silent>(from);
    connection->Connect(server->port());
    return connection;
  }
  grpc::Status Ask(const std::shared_ptr<grpc::Channel>& channel) const {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + 10s);
    v1::StatusResponse response;
    return v1::CacheService::NewStub(channel)->Status(&context, {}, &response);
  }
  std::shared_ptr<grpc::Channel> Channel(const std::string& host = "127.0.0.1") const {
    return MakeChannel(host + ":" + std::to_string(server->port()));
  }
  bool Shows(const std::string& line) const { return metrics.Render().find("\n" + line + "\n") != std::string::npos; }

  Metrics metrics;
  FakeCache cache;
  std::unique_ptr<GrpcServer> server;
};

ConnectionLimits Limits(size_t connections, size_t per_address) {
  ConnectionLimits limits;
  limits.connections = connections;
  limits.per_address = per_address;
  return limits;
}

}  // namespace

TEST_CASE("connections beyond the bound are closed, those that stand go on, and there is room again when some go",
          "[grpc]") {
  Served served(Limits(20, 0));
  const auto client = served.Channel();
  CHECK(served.Ask(client).ok());
  std::vector<std::unique_ptr<Silent>> others;
  for (int i = 0; i < 19; ++i) others.push_back(served.Open());
  for (const auto& other : others) CHECK_FALSE(other->Refused());
  CHECK(served.Shows("locus_grpc_connections{use=\"listen\"} 20"));
  for (int i = 0; i < 30; ++i) CHECK(served.Open()->Refused());
  CHECK(served.Shows("locus_grpc_connections_refused_total{reason=\"total\",use=\"listen\"} 30"));
  CHECK(served.Ask(client).ok());
  others.clear();
  // Dials again until it gets through.
  CHECK(served.Ask(served.Channel()).ok());
}

TEST_CASE("one address cannot keep the others out", "[grpc]") {
  Served served(Limits(1000, 5));
  std::vector<std::unique_ptr<Silent>> taken;
  for (int i = 0; i < 5; ++i) taken.push_back(served.Open("127.0.0.2"));
  for (const auto& one : taken) CHECK_FALSE(one->Refused());
  CHECK(served.Open("127.0.0.2")->Refused());
  CHECK(served.Shows("locus_grpc_connections_refused_total{reason=\"address\",use=\"listen\"} 1"));
  CHECK(served.Ask(served.Channel()).ok());
}

TEST_CASE("without a descriptor left a connection is closed, and served again when there are some", "[grpc]") {
  Served served(Limits(0, 0));
  const auto client = served.Channel();
  CHECK(served.Ask(client).ok());
  const Silent late;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(next);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  late.Connect(served.server->port());
  const bool refused = late.Refused();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(refused);
  CHECK(served.Shows("locus_grpc_connections_refused_total{reason=\"files\",use=\"listen\"} 1"));
  CHECK(served.Ask(client).ok());
  CHECK_FALSE(served.Open()->Refused());
}

TEST_CASE("all addresses of the machine are those of both kinds, and a peer is written as what it is", "[grpc]") {
  Served served(Limits(10, 10), "0.0.0.0");
  CHECK(served.Ask(served.Channel()).ok());
  CHECK(served.cache.peer().starts_with("ipv4:127.0.0.1:"));
  CHECK(served.Ask(served.Channel("[::1]")).ok());
  CHECK(served.cache.peer().starts_with("ipv6:"));
}

TEST_CASE("a server that has stopped leaves its port to the next", "[grpc]") {
  auto served = std::make_unique<Served>(Limits(10, 0));
  const auto silent = served->Open();
  CHECK_FALSE(silent->Refused());
  const int port = served->server->port();
  served->server->Stop();
  GrpcServerOptions options;
  options.port = port;
  GrpcServer next(options);
  CHECK(next.Start({&served->cache}).ok());
}
