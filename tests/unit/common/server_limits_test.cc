// What a client may send and hold: bounds of both servers.
#include <grpcpp/grpcpp.h>

#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "common/grpc_server.h"
#include "common/http_server.h"
#include "proto/locus/v1/cache.grpc.pb.h"
#include "tests/unit/common/eventually.h"
#include "tests/unit/common/raw_connection.h"

using namespace locus;
using namespace std::chrono_literals;

namespace {

class FakeCache final : public v1::CacheService::Service {
 public:
  grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest*, v1::StatusResponse*) override {
    return grpc::Status::OK;
  }
  // Holds its thread until it is cancelled.
  grpc::Status Load(grpc::ServerContext* context, const v1::LoadRequest*,
                    grpc::ServerWriter<v1::LoadProgress>* writer) override {
    writer->Write(v1::LoadProgress());
    while (!context->IsCancelled()) std::this_thread::sleep_for(5ms);
    return grpc::Status::CANCELLED;
  }
};

std::string Target(const GrpcServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

grpc::StatusCode Ask(v1::CacheService::Stub& stub, const std::string& metadata = "") {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  if (!metadata.empty()) context.AddMetadata("x-large", metadata);
  v1::StatusResponse response;
  return stub.Status(&context, {}, &response).error_code();
}

constexpr const char* kGet = "GET /get HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("gRPC metadata beyond the bound is refused, and the server goes on", "[grpc]") {
  FakeCache cache;
  GrpcServer server({});
  REQUIRE(server.Start({&cache}).ok());
  const auto stub = v1::CacheService::NewStub(MakeChannel(Target(server)));
  CHECK(Ask(*stub, std::string(4096, 'a')) == grpc::StatusCode::OK);
  CHECK(Ask(*stub, std::string(64 << 10, 'a')) == grpc::StatusCode::RESOURCE_EXHAUSTED);
  // gRPC may have ended the connection with it.
  CHECK(Eventually([&] { return Ask(*stub) == grpc::StatusCode::OK; }));
}

TEST_CASE("calls beyond the bound of threads are refused, and those before go on", "[grpc]") {
  FakeCache cache;
  GrpcServerOptions options;
  options.max_threads = 12;
  options.drain = 0s;
  GrpcServer server(options);
  REQUIRE(server.Start({&cache}).ok());
  const auto stub = v1::CacheService::NewStub(MakeChannel(Target(server)));
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::LoadProgress>> reader;
  };
  std::vector<std::unique_ptr<Call>> calls;
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    auto call = std::make_unique<Call>();
    call->context.set_deadline(std::chrono::system_clock::now() + 30s);
    call->reader = stub->Load(&call->context, {});
    v1::LoadProgress progress;
    if (call->reader->Read(&progress)) {
      calls.push_back(std::move(call));
    } else {
      CHECK(call->reader->Finish().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
      ++refused;
    }
  }
  CHECK(calls.size() >= 4);
  CHECK(calls.size() <= 12);
  CHECK(refused >= 28);
  for (const auto& call : calls) call->context.TryCancel();
  for (const auto& call : calls) call->reader->Finish();
  CHECK(Eventually([&] { return Ask(*stub) == grpc::StatusCode::OK; }));
}

TEST_CASE("HTTP connections beyond the bound are closed at once and counted, and those before are served", "[http]") {
  Metrics metrics;
  HttpServerOptions options;
  options.threads = 2;
  HttpServer server(options, &metrics);
  server.Route("GET", "/get", [](const HttpRequest&) { return HttpResponse{200, "text/plain", "ok"}; });
  REQUIRE(server.Start().ok());
  std::vector<std::unique_ptr<RawConnection>> connections;
  for (int i = 0; i < 400; ++i) {
    connections.push_back(std::make_unique<RawConnection>(server.port()));
    if (i < 4) REQUIRE(connections.back()->Send(kGet));
  }
  const auto refused = [&metrics] {
    const std::string text = metrics.Render();
    const std::string name = "\nlocus_http_connections_refused_total ";
    return std::stoi(text.substr(text.find(name) + name.size()));
  };
  // 256 wait and 2 are served, of which idle ones make room, one for each that waits.
  CHECK(Eventually([&] { return refused() >= 100; }));
  CHECK(refused() <= 400 - 258);
  for (size_t i = 0; i < 4; ++i) CHECK(connections[i]->Receive().status == 200);
  connections.clear();
  CHECK(Eventually([&] {
    RawConnection fresh(server.port());
    return fresh.Send(kGet) && fresh.Receive().status == 200;
  }));
}

TEST_CASE("a request of very many or very long header fields is refused", "[http]") {
  HttpServer server({});
  server.Route("GET", "/get", [](const HttpRequest&) { return HttpResponse{200, "text/plain", "ok"}; });
  REQUIRE(server.Start().ok());
  std::string many = "GET /get HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 20'000; ++i) many += "x" + std::to_string(i) + ": y\r\n";
  for (const std::string& request : {many + "\r\n", "GET /get HTTP/1.1\r\nx: " + std::string(100'000, 'y') + "\r\n\r\n",
                                     "GET /" + std::string(100'000, 'y') + " HTTP/1.1\r\n\r\n"}) {
    RawConnection connection(server.port());
    connection.Send(request);
    const int status = connection.Receive().status;
    CHECK((status == 0 || (status >= 400 && status < 500)));
  }
  RawConnection after(server.port());
  REQUIRE(after.Send(kGet));
  CHECK(after.Receive().status == 200);
}
