#include "alluxio_wire/sasl_service.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "alluxio_wire/channel_id.h"
#include "alluxio_wire/plain.h"
#include "alluxio_wire/session.h"
#include "common/clock.h"

using namespace locus::alluxio_wire;
using namespace std::chrono_literals;

namespace {

namespace sasl = ::alluxio::grpc::sasl;

// A server that knows who calls.
class Server {
 public:
  explicit Server(size_t max_sessions = 100) : service(max_sessions) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
  }
  ~Server() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }
  std::shared_ptr<grpc::Channel> Dial() {
    return grpc::CreateChannel("127.0.0.1:" + std::to_string(port_), grpc::InsecureChannelCredentials());
  }
  std::unique_ptr<Session> Connect(const std::string& id, const std::string& response) {
    return std::make_unique<Session>(Dial(), SessionOptions{id, response, "test"});
  }
  std::unique_ptr<Session> Connect(const std::string& id) {
    return Connect(id, PlainInitialResponse("root", kNoPassword).value());
  }
  bool Holds(size_t sessions) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (service.sessions() != sessions && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
    return service.sessions() == sessions;
  }

  SaslService service;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

const std::string kId = "0f8fad5b-d9cb-469f-a165-70867728950e";

}  // namespace

TEST_CASE("an id is held for as long as its stream is open", "[alluxio_wire]") {
  Server server;
  auto session = server.Connect(kId);
  REQUIRE(session->Authenticate(20s).ok());
  CHECK(server.service.sessions() == 1);
  CHECK(session->alive());
  session.reset();
  CHECK(server.Holds(0));
  // And free again.
  CHECK(server.Connect(kId)->Authenticate(20s).ok());
}

TEST_CASE("any user is taken at his word, for whomever he acts", "[alluxio_wire]") {
  Server server;
  CHECK(server.Connect(kId, std::string("alice\0spark\0x", 13))->Authenticate(20s).ok());
}

TEST_CASE("SUCCESS has no second field, which a Java client would not bear", "[alluxio_wire]") {
  Server server;
  grpc::ClientContext context;
  const auto stub = sasl::SaslAuthenticationService::NewStub(server.Dial());
  const auto stream = stub->authenticate(&context);
  sasl::SaslMessage challenge;
  challenge.set_message_type(sasl::SaslMessage::CHALLENGE);
  challenge.set_message(std::string("\0root\0x", 7));
  challenge.set_client_id(kId);
  challenge.set_authentication_scheme(sasl::SaslMessage::SCHEME_SIMPLE);
  REQUIRE(stream->Write(challenge));
  sasl::SaslMessage answer;
  REQUIRE(stream->Read(&answer));
  CHECK(answer.SerializeAsString() == "\x08\x01");
  // A half-close ends the session, and the server then ends the stream.
  stream->WritesDone();
  CHECK_FALSE(stream->Read(&answer));
  CHECK(stream->Finish().ok());
  CHECK(server.Holds(0));
}

TEST_CASE("what is no handshake under SIMPLE is refused, and counted", "[alluxio_wire]") {
  Server server;
  CHECK(server.Connect("no-uuid")->Authenticate(20s).error_code() == grpc::UNAUTHENTICATED);
  CHECK(server.Connect(kId, "root")->Authenticate(20s).error_code() == grpc::UNAUTHENTICATED);
  CHECK(server.service.refused() == 2);
  CHECK(server.service.sessions() == 0);
}

TEST_CASE("an id that is in use is refused and dropped", "[alluxio_wire]") {
  Server server;
  auto first = server.Connect(kId);
  REQUIRE(first->Authenticate(20s).ok());
  CHECK(server.Connect(kId)->Authenticate(20s).error_code() == grpc::INTERNAL);
  CHECK(server.service.sessions() == 0);
  // The first one's end does not take a later holder's id away.
  auto third = server.Connect(kId);
  REQUIRE(third->Authenticate(20s).ok());
  first.reset();
  auto fourth = server.Connect("1-2-3-4-5");
  REQUIRE(fourth->Authenticate(20s).ok());
  CHECK(server.service.sessions() == 2);
}

TEST_CASE("sessions have a bound", "[alluxio_wire]") {
  Server server(1);
  auto first = server.Connect(kId);
  REQUIRE(first->Authenticate(20s).ok());
  CHECK(server.Connect("1-2-3-4-5")->Authenticate(20s).error_code() == grpc::RESOURCE_EXHAUSTED);
  first.reset();
  REQUIRE(server.Holds(0));
  CHECK(server.Connect("1-2-3-4-5")->Authenticate(20s).ok());
}
