#include "tests/support/alluxio/fake_master.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "common/testing/fake_clock.h"
#include "tests/contract/alluxio/raw_client.h"
#include "tests/integration/extender/eventually.h"

namespace locus::fake_alluxio {
namespace {

using alluxio_contract::Challenge;
using alluxio_contract::Connection;
using alluxio_contract::Handshake;
using alluxio_contract::NewUuid;
namespace file = alluxio::grpc::file;

constexpr auto kUnavailable = grpc::StatusCode::UNAVAILABLE;
constexpr auto kUnauthenticated = grpc::StatusCode::UNAUTHENTICATED;
constexpr auto kUnimplemented = grpc::StatusCode::UNIMPLEMENTED;
constexpr auto kVersionService = alluxio::grpc::version::META_MASTER_CLIENT_SERVICE;

// As a new client would see it.
grpc::StatusCode VersionCode(const FakeMaster& master) {
  return Connection(master.target()).ServiceVersion(kVersionService).status.error_code();
}

struct Client {
  explicit Client(const FakeMaster& master) : connection(master.target()), session(connection, "root") {}
  grpc::Status Status(const std::string& path = "/") { return connection.Status(session.id(), path).status; }
  Connection connection;
  Handshake session;
};

TEST_CASE("a refusing master breaks its connections, keeps its port, and comes back on it") {
  FakeMaster master;
  Client client(master);
  REQUIRE(client.Status().ok());
  master.Refuse();
  CHECK(client.Status().error_code() == kUnavailable);
  CHECK(VersionCode(master) == kUnavailable);
  CHECK(Eventually([&] { return master.sessions() == 0; }));
  const int port = master.port();
  master.Restore();
  CHECK(master.port() == port);
  CHECK(VersionCode(master) == grpc::StatusCode::OK);
}

TEST_CASE("a frozen master accepts, says nothing, and keeps what was open") {
  FakeMaster master;
  Client client(master);
  REQUIRE(client.Status().ok());
  master.Freeze();
  std::atomic<bool> ended{false};
  std::thread caller([&] {
    client.Status();
    ended = true;
  });
  // A new connection opens; nothing comes back on it.
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
  alluxio::grpc::version::GetServiceVersionResponse response;
  const auto channel = grpc::CreateChannel(master.target(), grpc::InsecureChannelCredentials());
  const auto stub = alluxio::grpc::version::ServiceVersionClientService::NewStub(channel);
  CHECK(stub->getServiceVersion(&context, {}, &response).error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  CHECK_FALSE(ended);
  CHECK(master.sessions() == 1);
  master.Restore();
  caller.join();
  CHECK(VersionCode(master) == grpc::StatusCode::OK);
}

TEST_CASE("a cut breaks connections once") {
  FakeMaster master;
  Client client(master);
  REQUIRE(client.Status().ok());
  master.Cut();
  CHECK(client.session.End().error_code() == kUnavailable);
  CHECK(Eventually([&] { return master.sessions() == 0; }));
  CHECK(VersionCode(master) == grpc::StatusCode::OK);
}

TEST_CASE("ended sessions tell their streams, forgotten ones do not") {
  FakeMaster master;
  Client ended(master);
  master.EndSessions(grpc::Status::OK);
  CHECK(ended.session.End().ok());
  CHECK(ended.Status().error_code() == kUnauthenticated);
  Client forgotten(master);
  REQUIRE(forgotten.Status().ok());
  master.ForgetSessions();
  CHECK(forgotten.Status().error_code() == kUnauthenticated);
  forgotten.session.HalfClose();
  CHECK(forgotten.session.End().ok());
}

TEST_CASE("a standby closes connections, or speaks and says that it does not lead") {
  FakeMaster master;
  Client client(master);
  master.BecomeStandby(Standby::kCloses);
  CHECK(VersionCode(master) == kUnavailable);
  master.BecomeStandby(Standby::kUnavailable);
  CHECK(VersionCode(master) == kUnavailable);
  CHECK(Connection(master.target()).Configuration().status.error_code() == kUnimplemented);
  master.BecomeStandby(Standby::kNotFound);
  CHECK(VersionCode(master) == grpc::StatusCode::NOT_FOUND);
  master.BecomeLeader();
  CHECK(VersionCode(master) == grpc::StatusCode::OK);
}

TEST_CASE("without authentication there is no handshake, and no call needs an id") {
  FakeMaster master({.authentication = Authentication::kNoSasl});
  Connection connection(master.target());
  Handshake handshake(connection, Challenge("root", NewUuid()));
  CHECK_FALSE(handshake.Read().has_value());
  CHECK(handshake.End().error_code() == kUnimplemented);
  CHECK(connection.Status(std::nullopt, "/").ok());
}

TEST_CASE("with CUSTOM the password counts") {
  FakeMaster master({.authentication = Authentication::kCustom, .passwords = {{"eve", "noPassword"}, {"bob", "x"}}});
  Connection connection(master.target());
  Handshake right(connection, Challenge("eve", NewUuid()));
  CHECK(right.Read().has_value());
  Handshake wrong(connection, Challenge("bob", NewUuid()));
  CHECK(wrong.End().error_code() == kUnauthenticated);
  Handshake unknown(connection, Challenge("root", NewUuid()));
  CHECK(unknown.End().error_code() == kUnauthenticated);
}

TEST_CASE("handshakes can be made to fail") {
  FakeMaster master;
  master.faults().Fail("authenticate", {kUnimplemented, "unknown service"}, 1);
  Connection connection(master.target());
  Handshake first(connection, Challenge("root", NewUuid()));
  CHECK(first.End().error_code() == kUnimplemented);
  Handshake second(connection, Challenge("root", NewUuid()));
  CHECK(second.Read().has_value());
}

TEST_CASE("a page can fail by its number, and a method for ever") {
  FakeMaster master;
  Client client(master);
  const auto page = [&] { return client.connection.Partial(client.session.id(), "/", true, {}).status.error_code(); };
  master.faults().FailPage(2, {grpc::StatusCode::INTERNAL, "on purpose"});
  CHECK(page() == grpc::StatusCode::OK);
  CHECK(page() == grpc::StatusCode::INTERNAL);
  CHECK(page() == grpc::StatusCode::OK);
  master.faults().WithoutPartialListing();
  CHECK(page() == kUnimplemented);
  CHECK(page() == kUnimplemented);
  CHECK(client.Status().ok());
  master.faults().Clear();
  CHECK(page() == grpc::StatusCode::OK);
}

TEST_CASE("answers and single entries can be made larger") {
  FakeMaster master;
  master.world().AddFile("/a", {.length = 1}).AddFile("/b", {.length = 1});
  Client client(master);
  const auto size = [&] { return client.connection.Partial(client.session.id(), "/", true, {}).body.ByteSizeLong(); };
  const size_t plain = size();
  master.faults().PadEntries(10'000);
  CHECK(size() > plain + 20'000);
  master.faults().PadEntries(10'000, "/a");
  CHECK(size() > plain + 10'000);
  CHECK(size() < plain + 20'000);
  master.faults().Clear();
  master.faults().Pad("ListStatusPartial", 50'000);
  CHECK(size() > plain + 50'000);
}

TEST_CASE("a call that hangs ends when the fault is cleared") {
  FakeMaster master;
  Client client(master);
  master.faults().Hang("GetStatus");
  std::atomic<bool> ended{false};
  std::atomic<bool> ok{false};
  std::thread caller([&] {
    ok = client.Status().ok();
    ended = true;
  });
  CHECK(Eventually([&] { return master.calls().Count("GetStatus") == 1; }));
  CHECK_FALSE(ended);
  master.faults().Clear();
  caller.join();
  CHECK(ok);
}

TEST_CASE("the log tells careful requests from careless ones, and how many came within a time") {
  FakeClock clock;
  FakeMaster master({.clock = &clock});
  Client client(master);
  client.Status("/");
  clock.Advance(std::chrono::milliseconds(600));
  client.Status("/none");
  client.connection.Mounts(client.session.id());
  clock.Advance(std::chrono::milliseconds(600));
  client.connection.List(client.session.id(), "/", true);
  CHECK(master.calls().Careless().empty());
  CHECK(master.calls().MostWithin(std::chrono::seconds(1)) == 4);
  CHECK(master.calls().MostWithin(std::chrono::seconds(2)) == 5);
  const std::vector<Call> calls = master.calls().All("GetStatus");
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].user == "root");
  CHECK(calls[0].code == grpc::StatusCode::OK);
  CHECK(calls[1].path == "/none");
  CHECK(calls[1].code == grpc::StatusCode::NOT_FOUND);

  // What a client that sets nothing would ask.
  const auto channel = grpc::CreateChannel(master.target(), grpc::InsecureChannelCredentials());
  const auto stub = file::FileSystemMasterClientService::NewStub(channel);
  grpc::ClientContext status_context;
  status_context.AddMetadata("channel-id", client.session.id());
  file::GetStatusRequest bare;
  bare.set_path("/");
  file::GetStatusResponse status;
  CHECK(stub->GetStatus(&status_context, bare, &status).ok());
  grpc::ClientContext mounts_context;
  mounts_context.AddMetadata("channel-id", client.session.id());
  file::GetMountTableResponse mounts;
  CHECK(stub->GetMountTable(&mounts_context, {}, &mounts).ok());
  CHECK(master.calls().Careless().size() == 2);
  master.calls().Clear();
  CHECK(master.calls().Count() == 0);
}

}  // namespace
}  // namespace locus::fake_alluxio
