#include "common/grpc_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "common/status.h"
#include "proto/locus/v1/cache.grpc.pb.h"
#include "tests/unit/common/raw_call.h"

using namespace locus;
using namespace std::chrono_literals;

namespace {

// Fails with a code and a text; or streams until the call is cancelled.
class FakeCache final : public v1::CacheService::Service {
 public:
  grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest*, v1::StatusResponse*) override {
    return ToGrpc(answer);
  }
  grpc::Status Load(grpc::ServerContext* context, const v1::LoadRequest*,
                    grpc::ServerWriter<v1::LoadProgress>* writer) override {
    writer->Write(v1::LoadProgress());
    while (!context->IsCancelled()) std::this_thread::sleep_for(5ms);
    return grpc::Status::CANCELLED;
  }
  absl::Status answer;
};

std::string Target(const GrpcServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

// Passes one connection on to a server, `delay` after it was taken: a far or busy peer.
class LateProxy {
 public:
  LateProxy(int server_port, Duration delay) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in own = Loopback(0);
    socklen_t size = sizeof own;
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&own), size) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&own), &size) == 0);
    port_ = ntohs(own.sin_port);
    thread_ = std::thread([this, server_port, delay] { Serve(server_port, delay); });
  }
  ~LateProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  int port() const { return port_; }

 private:
  static sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    return address;
  }

  // One connection after another, until the listener is shut down.
  void Serve(int server_port, Duration delay) const {
    for (int client = 0; (client = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(client)) {
      std::this_thread::sleep_for(delay);
      const int server = ::socket(AF_INET, SOCK_STREAM, 0);
      const sockaddr_in address = Loopback(server_port);
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        while (Relay(client, server)) continue;
      }
      ::close(server);
    }
  }

  // False when one side has closed.
  static bool Relay(int a, int b) {
    pollfd ends[2] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    if (::poll(ends, 2, 10'000) <= 0) return false;
    for (int i = 0; i < 2; ++i) {
      char bytes[4096];
      if (ends[i].revents == 0) continue;
      const ssize_t n = ::recv(ends[i].fd, bytes, sizeof bytes, 0);
      if (n <= 0 || ::send(ends[1 - i].fd, bytes, static_cast<size_t>(n), MSG_NOSIGNAL) != n) return false;
    }
    return true;
  }

  const int listener_;
  int port_ = 0;
  std::thread thread_;
};

// HealthCheckResponse.status: field 1, varint; 1 SERVING, 2 NOT_SERVING.
std::string Health(const std::shared_ptr<grpc::Channel>& channel) {
  std::string answer;
  const grpc::Status status = CallRaw(channel, "/grpc.health.v1.Health/Check", "", &answer);
  return status.ok() ? answer : "error " + status.error_message();
}

}  // namespace

TEST_CASE("every code and text passes both ways between absl and gRPC", "[grpc]") {
  for (int code = 0; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "the text");
    const grpc::Status sent = ToGrpc(status);
    CHECK(static_cast<int>(sent.error_code()) == code);
    CHECK(sent.error_message() == (code == 0 ? "" : "the text"));
    CHECK(FromGrpc(sent) == status);
  }
  // Spot checks by name: the numbers of both sides come from the same list.
  CHECK(ToGrpc(NotFound("x")).error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(FromGrpc({grpc::StatusCode::UNAVAILABLE, "x"}).code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("a handler's status reaches the client", "[grpc]") {
  FakeCache cache;
  cache.answer = Exhausted("no tier can take a block of 3 GiB");
  GrpcServer server({});
  REQUIRE(server.Start({&cache}).ok());
  const auto stub = v1::CacheService::NewStub(MakeChannel(Target(server)));
  grpc::ClientContext context;
  v1::StatusResponse response;
  CHECK(FromGrpc(stub->Status(&context, {}, &response)) == cache.answer);
}

TEST_CASE("health follows SetServing", "[grpc]") {
  FakeCache cache;
  GrpcServer server({});
  REQUIRE(server.Start({&cache}).ok());
  const auto channel = MakeChannel(Target(server));
  CHECK(Health(channel) == "\x08\x01");
  server.SetServing(false);
  CHECK(Health(channel) == "\x08\x02");
  server.SetServing(true);
  CHECK(Health(channel) == "\x08\x01");
}

TEST_CASE("reflection lists the services", "[grpc]") {
  FakeCache cache;
  GrpcServer server({});
  REQUIRE(server.Start({&cache}).ok());
  const auto channel = MakeChannel(Target(server));
  std::string text;
  // ServerReflectionRequest.list_services: field 7, an empty text.
  const grpc::Status status = CallRaw(channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                      std::string("\x3a\x00", 2), &text);
  CHECK(status.ok());
  CHECK(text.find("locus.v1.CacheService") != std::string::npos);
  CHECK(text.find("grpc.health.v1.Health") != std::string::npos);
}

TEST_CASE("a gRPC port in use is named in the error", "[grpc]") {
  FakeCache first_cache, second_cache;
  GrpcServer first({});
  REQUIRE(first.Start({&first_cache}).ok());
  REQUIRE(first.port() > 0);
  GrpcServerOptions options;
  options.port = first.port();
  GrpcServer second(options);
  const absl::Status status = second.Start({&second_cache});
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(MessageOf(status) == "cannot listen on " + Target(first) + ": Address already in use");
  second.Stop();
}

TEST_CASE("Stop cancels streams that outlast the drain time", "[grpc]") {
  FakeCache cache;
  GrpcServerOptions options;
  options.drain = 50ms;
  GrpcServer server(options);
  REQUIRE(server.Start({&cache}).ok());
  const auto stub = v1::CacheService::NewStub(MakeChannel(Target(server)));
  grpc::ClientContext context;
  context.set_deadline(SystemClock().WallNow() + 60s);
  const auto stream = stub->Load(&context, v1::LoadRequest());
  v1::LoadProgress progress;
  REQUIRE(stream->Read(&progress));
  server.Stop();
  CHECK_FALSE(stream->Read(&progress));
  // Not DEADLINE_EXCEEDED: the server ended it, long before the client would have.
  const grpc::StatusCode code = stream->Finish().error_code();
  CHECK((code == grpc::StatusCode::CANCELLED || code == grpc::StatusCode::UNAVAILABLE));
  server.Stop();
}

TEST_CASE("messages beyond the bound are refused", "[grpc]") {
  FakeCache cache;
  GrpcServerOptions options;
  options.max_message_bytes = 1000;
  GrpcServer server(options);
  REQUIRE(server.Start({&cache}).ok());
  const auto stub = v1::CacheService::NewStub(MakeChannel(Target(server)));
  grpc::ClientContext context;
  v1::EvictRequest request;
  request.set_path(std::string(2000, 'a'));
  v1::EvictResponse response;
  CHECK(stub->Evict(&context, request, &response).error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// The pause between attempts was also the bound on the handshake: a server 100 ms away could not be reached.
TEST_CASE("a server that takes long to shake hands is reached", "[common]") {
  FakeCache service;
  GrpcServer server({});
  REQUIRE(server.Start({&service}).ok());
  const LateProxy proxy(server.port(), 400ms);
  {
    const auto stub = v1::CacheService::NewStub(MakeChannel("127.0.0.1:" + std::to_string(proxy.port())));
    grpc::ClientContext context;
    context.set_deadline(SystemClock().WallNow() + 10s);
    v1::StatusResponse response;
    const grpc::Status status = stub->Status(&context, v1::StatusRequest(), &response);
    INFO(status.error_message());
    CHECK(status.ok());
  }
  server.Stop();
}

TEST_CASE("the in-process channel needs no port", "[grpc]") {
  FakeCache cache;
  cache.answer = NotFound("x");
  GrpcServer server({});
  REQUIRE(server.Start({&cache}).ok());
  const auto stub = v1::CacheService::NewStub(server.InProcessChannel());
  grpc::ClientContext context;
  v1::StatusResponse response;
  CHECK(stub->Status(&context, {}, &response).error_code() == grpc::StatusCode::NOT_FOUND);
}
