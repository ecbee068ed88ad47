// The handshake, and the life of a channel id.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>

#include "tests/contract/alluxio/judged_master.h"
#include "tests/integration/extender/eventually.h"

namespace locus::alluxio_contract {
namespace {

constexpr auto kUnauthenticated = grpc::StatusCode::UNAUTHENTICATED;

std::string Plain(const std::string& acts_as, const std::string& user, const std::string& password) {
  return acts_as + std::string(1, '\0') + user + std::string(1, '\0') + password;
}

bool IsRefused(Judged& master, const std::string& id) {
  return master.connection().Status(id, "/").status.error_code() == kUnauthenticated;
}

TEST_CASE("a handshake is answered by SUCCESS and nothing else") {
  Judged master;
  REQUIRE(master.world().authentication == "SIMPLE");
  Handshake handshake(master.connection(), Challenge(master.world().user, NewUuid()));
  const auto reply = handshake.Read();
  REQUIRE(reply.has_value());
  // Field 1 = SUCCESS; a field 2, even empty, would make Java's client throw.
  CHECK(reply->SerializeAsString() == std::string("\x08\x01"));
}

TEST_CASE("a channel id counts on every connection, in capitals too") {
  Judged master;
  Connection other(master.target());
  std::string capitals = master.id();
  std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  CHECK(other.Status(master.id(), "/").ok());
  CHECK(other.Status(capitals, "/").ok());
}

TEST_CASE("every call that needs a channel id is refused without one") {
  Judged master;
  Connection& c = master.connection();
  for (const ChannelId& id : {ChannelId(), ChannelId(NewUuid())}) {
    CAPTURE(id.value_or("none"));
    CHECK(c.MasterInfo(id).status.error_code() == kUnauthenticated);
    CHECK(c.WorkerList(id).status.error_code() == kUnauthenticated);
    CHECK(c.WorkerReport(id, block::WORKERS_ALL, AllWorkerFields()).status.error_code() == kUnauthenticated);
    CHECK(c.Status(id, "/").status.error_code() == kUnauthenticated);
    CHECK(c.List(id, "/", false).status.error_code() == kUnauthenticated);
    CHECK(c.Partial(id, "/", false, {}).status.error_code() == kUnauthenticated);
    CHECK(c.Mounts(id).status.error_code() == kUnauthenticated);
  }
}

TEST_CASE("a channel id that is no UUID is answered UNKNOWN without a text") {
  Judged master;
  for (const char* id : {"no-uuid", ""}) {
    const grpc::Status status = master.connection().Status(id, "/").status;
    CHECK(status.error_code() == grpc::StatusCode::UNKNOWN);
    CHECK(status.error_message().empty());
  }
}

TEST_CASE("the client's half-close ends the stream with OK, and the id with it") {
  Judged master;
  Handshake handshake(master.connection(), master.world().user);
  REQUIRE_FALSE(IsRefused(master, handshake.id()));
  handshake.HalfClose();
  CHECK(handshake.End().ok());
  CHECK(IsRefused(master, handshake.id()));
}

TEST_CASE("the cancellation of the stream ends the id") {
  Judged master;
  Handshake handshake(master.connection(), master.world().user);
  REQUIRE_FALSE(IsRefused(master, handshake.id()));
  handshake.Cancel();
  CHECK(Eventually([&] { return IsRefused(master, handshake.id()); }));
}

TEST_CASE("the end of the stream's connection ends the id, also for other connections") {
  Judged master;
  std::string id;
  {
    Connection own(master.target());
    Handshake handshake(own, master.world().user);
    id = handshake.id();
    REQUIRE_FALSE(IsRefused(master, id));
  }
  CHECK(Eventually([&] { return IsRefused(master, id); }));
}

TEST_CASE("a second message ends the stream with INTERNAL, and the id") {
  Judged master;
  Handshake handshake(master.connection(), master.world().user);
  handshake.Send(Challenge(master.world().user, handshake.id()));
  CHECK(handshake.End().error_code() == grpc::StatusCode::INTERNAL);
  CHECK(IsRefused(master, handshake.id()));
}

TEST_CASE("the re-use of a held id is INTERNAL, and ends the old one too") {
  Judged master;
  Handshake first(master.connection(), master.world().user);
  REQUIRE_FALSE(IsRefused(master, first.id()));
  Handshake second(master.connection(), Challenge(master.world().user, first.id()));
  CHECK_FALSE(second.Read().has_value());
  CHECK(second.End().error_code() == grpc::StatusCode::INTERNAL);
  CHECK(IsRefused(master, first.id()));
}

TEST_CASE("an id that has ended may be used again") {
  Judged master;
  Handshake first(master.connection(), master.world().user);
  first.HalfClose();
  REQUIRE(first.End().ok());
  Handshake second(master.connection(), Challenge(master.world().user, first.id()));
  CHECK(second.Read().has_value());
  CHECK_FALSE(IsRefused(master, first.id()));
}

TEST_CASE("handshakes that a master refuses") {
  Judged master;
  const std::string user = master.world().user;
  sasl::SaslMessage message = Challenge(user, NewUuid());
  grpc::StatusCode expected = kUnauthenticated;
  SECTION("no scheme") { message.clear_authentication_scheme(); }
  SECTION("scheme NOSASL") { message.set_authentication_scheme(sasl::SaslMessage::SCHEME_NOSASL); }
  SECTION("no challenge") { message.set_message_type(sasl::SaslMessage::SUCCESS); }
  SECTION("empty password") { message.set_message(Plain("", user, "")); }
  SECTION("no user") { message.set_message(Plain("", "", "noPassword")); }
  SECTION("two parts") { message.set_message(user + std::string(1, '\0') + "noPassword"); }
  SECTION("nothing") { message.clear_message(); }
  SECTION("acting as somebody else") { message.set_message(Plain("somebody-else", user, "noPassword")); }
  SECTION("no UUID") {
    message.set_client_id("nonsense");
    expected = grpc::StatusCode::INTERNAL;
  }
  Handshake handshake(master.connection(), message);
  CHECK_FALSE(handshake.Read().has_value());
  CHECK(handshake.End().error_code() == expected);
}

TEST_CASE("handshakes that a master accepts though they look odd") {
  Judged master;
  const std::string user = master.world().user;
  sasl::SaslMessage message = Challenge(user, NewUuid());
  SECTION("scheme CUSTOM") { message.set_authentication_scheme(sasl::SaslMessage::SCHEME_CUSTOM); }
  SECTION("acting as oneself") { message.set_message(Plain(user, user, "noPassword")); }
  Handshake handshake(master.connection(), message);
  REQUIRE(handshake.Read().has_value());
  CHECK_FALSE(IsRefused(master, handshake.id()));
}

}  // namespace
}  // namespace locus::alluxio_contract
