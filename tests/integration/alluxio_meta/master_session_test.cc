// Who the client says it is, and what it does when the master does not know it any more.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <future>
#include <regex>
#include <set>

#include "alluxio_meta/alluxio/master_client.h"
#include "common/status.h"
#include "tests/integration/alluxio_meta/eventually.h"
#include "tests/integration/alluxio_meta/master_client_fixture.h"
#include "tests/integration/alluxio_meta/tiny_master.h"

using namespace locus::meta;
using absl::StatusCode;
using locus::MessageOf;

namespace {

std::string Folder() { return std::getenv("TEST_TMPDIR"); }

}  // namespace

TEST_CASE("under SIMPLE the client says its user and signs its calls", "[alluxio]") {
  TinyMaster master;
  AnswerWorkers(master, 3);
  const auto client = ClientOf(master);
  const auto workers = client->Workers();
  REQUIRE(workers.ok());
  CHECK(workers->workers.size() == 3);
  CHECK(workers->term == 1);
  const auto challenges = master.Challenges();
  REQUIRE(challenges.size() == 1);
  CHECK(challenges[0].message_type() == alx::sasl::SaslMessage::CHALLENGE);
  CHECK(challenges[0].message() == std::string("\0mirror\0noPassword", 18));
  CHECK(challenges[0].authentication_scheme() == alx::sasl::SaslMessage::SCHEME_SIMPLE);
  const std::regex uuid("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  CHECK(std::regex_match(challenges[0].client_id(), uuid));
  for (const std::string& id : master.CallIds()) CHECK(id == challenges[0].client_id());
  CHECK(master.CallIds().size() == 2);
}

TEST_CASE("the authenticate stream stays open for as long as the client lives", "[alluxio]") {
  TinyMaster master;
  AnswerWorkers(master, 1);
  {
    const auto client = ClientOf(master);
    REQUIRE(client->Workers().ok());
    CHECK(client->Stats().connected);
    CHECK(Eventually([&] { return master.streams() == 1; }));
    REQUIRE(client->Workers().ok());
    CHECK(master.Challenges().size() == 1);
  }
  CHECK(Eventually([&] { return master.streams() == 0; }));
}

TEST_CASE("a master without authentication is asked without it", "[alluxio]") {
  // Its configuration may say so, or the handshake.
  for (const char* says : {"NOSASL", "SIMPLE"}) {
    TinyMasterOptions options;
    options.authentication = says;
    options.sasl = false;
    TinyMaster master(options);
    AnswerWorkers(master, 2);
    const auto client = ClientOf(master);
    REQUIRE(client->Workers().ok());
    for (const std::string& id : master.CallIds()) CHECK(id == "");
  }
}

TEST_CASE("a user name for a master that takes none is refused with the way out", "[alluxio]") {
  TinyMasterOptions says;
  says.sasl = false;
  TinyMaster master(says);
  MasterOptions options = OptionsFor({master.address()});
  options.authentication = Authentication::kSimple;
  const absl::Status status = ClientOf(options)->Workers().status();
  CHECK(status.code() == StatusCode::kUnauthenticated);
  CHECK(MessageOf(status).find("auto or none") != std::string::npos);
}

TEST_CASE("no authentication for a master that wants one is refused with the way out", "[alluxio]") {
  TinyMaster master;
  MasterOptions options = OptionsFor({master.address()});
  options.authentication = Authentication::kNone;
  const absl::Status status = ClientOf(options)->Workers().status();
  CHECK(status.code() == StatusCode::kUnauthenticated);
  CHECK(MessageOf(status).find("alluxio.authentication to auto") != std::string::npos);
}

TEST_CASE("under CUSTOM the password is read anew at each connection", "[alluxio]") {
  TinyMasterOptions says;
  says.authentication = "CUSTOM";
  TinyMaster master(says);
  AnswerWorkers(master, 1);
  MasterOptions options = OptionsFor({master.address()});
  CHECK(MessageOf(ClientOf(options)->Workers().status()).find("set alluxio.password_file") != std::string::npos);

  options.password_file = Folder() + "/password";
  const absl::Status missing = ClientOf(options)->Workers().status();
  CHECK(missing.code() == StatusCode::kUnavailable);
  CHECK(MessageOf(missing).find("alluxio.password_file: cannot read " + options.password_file) != std::string::npos);

  std::ofstream(options.password_file) << "first\n";
  const auto client = ClientOf(options);
  REQUIRE(client->Workers().ok());
  std::ofstream(options.password_file) << "second";
  master.EndStreams({grpc::UNAVAILABLE, "bye"});
  REQUIRE(Eventually([&] { return client->Workers().ok() && master.Challenges().size() == 2; }));
  CHECK(master.Challenges()[0].message() == std::string("\0mirror\0first", 13));
  CHECK(master.Challenges()[1].message() == std::string("\0mirror\0second", 14));
}

TEST_CASE("a refused handshake is told as such, and not tried again within a question", "[alluxio]") {
  TinyMaster master;
  master.handshake_code = grpc::UNAUTHENTICATED;
  const auto client = ClientOf(master);
  const absl::Status status = client->Workers().status();
  CHECK(status.code() == StatusCode::kUnauthenticated);
  CHECK(MessageOf(status).find(master.address()) != std::string::npos);
  CHECK(MessageOf(status).find("'mirror'") != std::string::npos);
  CHECK(MessageOf(status).find("who are you") != std::string::npos);
  CHECK(master.Challenges().size() == 1);
  CHECK(client->Stats().failed_connects == 1);
}

TEST_CASE("a handshake without an answer is given up in time", "[alluxio]") {
  TinyMaster master;
  AnswerWorkers(master, 1);
  master.mute = true;
  MasterOptions options = OptionsFor({master.address()});
  options.call_timeout = std::chrono::milliseconds(1500);
  const auto client = ClientOf(options);
  CHECK(client->Workers().status().code() == StatusCode::kDeadlineExceeded);
  master.mute = false;
  CHECK(client->Workers().ok());
}

TEST_CASE("a stop ends a handshake, also for those who wait for it", "[alluxio]") {
  TinyMaster master;
  master.mute = true;
  const auto client = ClientOf(master);
  std::vector<std::future<absl::Status>> asked;
  for (int i = 0; i < 3; ++i) {
    asked.push_back(std::async(std::launch::async, [&] { return client->Workers().status(); }));
  }
  CHECK(Eventually([&] { return !master.Challenges().empty(); }));
  client->Stop();
  for (auto& one : asked) CHECK(one.get().code() == StatusCode::kCancelled);
}

TEST_CASE("when the master ends the stream the client comes back with a new id, in the same term", "[alluxio]") {
  for (const auto& end : {grpc::Status::OK, grpc::Status(grpc::UNAVAILABLE, "restart")}) {
    TinyMaster master;
    AnswerWorkers(master, 1);
    const auto client = ClientOf(master);
    REQUIRE(client->Workers().ok());
    master.EndStreams(end);
    REQUIRE(Eventually([&] { return !client->Stats().connected; }));
    const auto workers = client->Workers();
    REQUIRE(workers.ok());
    CHECK(workers->term == 1);
    const auto challenges = master.Challenges();
    REQUIRE(challenges.size() == 2);
    CHECK(challenges[0].client_id() != challenges[1].client_id());
    CHECK(master.CallIds().back() == challenges[1].client_id());
  }
}

TEST_CASE("an id that the master has forgotten is replaced within the question", "[alluxio]") {
  TinyMaster master;
  AnswerWorkers(master, 1);
  const auto client = ClientOf(master);
  REQUIRE(client->Workers().ok());
  master.ForgetIds();
  REQUIRE(client->Workers().ok());
  CHECK(master.Challenges().size() == 2);
  CHECK(client->Stats().retries == 1);
  CHECK(Eventually([&] { return master.streams() == 1; }));
}

TEST_CASE("many who ask at once share one handshake", "[alluxio]") {
  TinyMaster master;
  AnswerWorkers(master, 1);
  const auto client = ClientOf(master);
  std::vector<std::future<bool>> asked;
  for (int i = 0; i < 8; ++i) {
    asked.push_back(std::async(std::launch::async, [&] { return client->Workers().ok(); }));
  }
  for (auto& one : asked) CHECK(one.get());
  CHECK(master.Challenges().size() == 1);
  CHECK(client->Stats().connects == 1);
}
