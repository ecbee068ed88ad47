// Masters that are away, silent, restarted or behind TLS.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <future>
#include <sstream>

#include "alluxio_meta/alluxio/master_client.h"
#include "alluxio_meta/alluxio/master_metrics.h"
#include "common/metrics.h"
#include "common/status.h"
#include "tests/integration/alluxio_meta/eventually.h"
#include "tests/integration/alluxio_meta/master_client_fixture.h"
#include "tests/integration/alluxio_meta/tiny_master.h"

using namespace locus::meta;
using namespace std::chrono_literals;
using absl::StatusCode;
using locus::MessageOf;

namespace {

// Accepts, in the kernel, and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* address = reinterpret_cast<sockaddr*>(&where);
    if (::bind(socket_, address, size) != 0 || ::listen(socket_, 16) != 0) std::abort();
    ::getsockname(socket_, address, &size);
    port_ = ntohs(where.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

std::string Folder() { return std::getenv("TEST_TMPDIR"); }

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A certificate for `name` that vouches for itself: <path>.crt, <path>.key.
void MakeCertificate(const std::string& path, const std::string& name) {
  const std::string command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + name +
                              " -addext subjectAltName=DNS:" + name + " -keyout " + path + ".key -out " + path +
                              ".crt >/dev/null 2>&1";
  REQUIRE(std::system(command.c_str()) == 0);
}

auto Elapsed(std::chrono::steady_clock::time_point since) { return std::chrono::steady_clock::now() - since; }

}  // namespace

TEST_CASE("an address that is none is refused at once, all of them", "[alluxio]") {
  const locus::SystemClock clock;
  const absl::Status status = MasterClient::Create(OptionsFor({"a:1", "b", "c:x"}), clock).status();
  CHECK(status.code() == StatusCode::kInvalidArgument);
  CHECK(MessageOf(status).find("alluxio.masters: [1]: 'b'") != std::string::npos);
  CHECK(MessageOf(status).find("[2]: 'c:x'") != std::string::npos);
}

TEST_CASE("the one of several masters that leads is found, whatever the others say", "[alluxio]") {
  for (const auto code : {grpc::NOT_FOUND, grpc::UNAVAILABLE, grpc::UNIMPLEMENTED, grpc::CANCELLED}) {
    TinyMaster standby;
    standby.version_code = code;
    TinyMaster leader;
    AnswerWorkers(leader, 1);
    const auto client = ClientOf(OptionsFor({standby.address(), leader.address()}));
    REQUIRE(client->Workers().ok());
    CHECK(client->Stats().leader == leader.address());
  }
}

TEST_CASE("without a leader the error tells what each master said, and the next question asks again", "[alluxio]") {
  TinyMaster standby;
  standby.version_code = grpc::NOT_FOUND;
  AnswerWorkers(standby, 1);
  MasterOptions options = OptionsFor({"127.0.0.1:1", standby.address()});
  const auto client = ClientOf(options);
  const absl::Status status = client->Workers().status();
  CHECK(status.code() == StatusCode::kUnavailable);
  CHECK(MessageOf(status).find("127.0.0.1:1 said: unavailable") != std::string::npos);
  CHECK(MessageOf(status).find(standby.address() + " said: not_found") != std::string::npos);
  CHECK_FALSE(client->Stats().connected);
  standby.version_code = grpc::OK;
  CHECK(client->Workers().ok());
}

TEST_CASE("a connection that says nothing is given up in time", "[alluxio]") {
  SilentServer silent;
  TinyMaster leader;
  AnswerWorkers(leader, 1);
  MasterOptions options = OptionsFor({silent.address(), leader.address()});
  options.connect_timeout = 300ms;
  const auto start = std::chrono::steady_clock::now();
  CHECK(ClientOf(options)->Workers().ok());
  CHECK(Elapsed(start) >= 300ms);
  options.masters = {silent.address()};
  CHECK(ClientOf(options)->Workers().status().code() == StatusCode::kUnavailable);
  CHECK(Elapsed(start) < 15s);
}

TEST_CASE("a call that runs into its deadline costs the connection", "[alluxio]") {
  TinyMaster master;
  std::atomic<bool> hang{true};
  master.on_mounts = [&](grpc::ServerContext* context, const auto&, auto*) {
    while (hang && !context->IsCancelled()) std::this_thread::sleep_for(2ms);
    return grpc::Status::OK;
  };
  MasterOptions options = OptionsFor({master.address()});
  options.call_timeout = 1500ms;
  const auto client = ClientOf(options);
  const auto start = std::chrono::steady_clock::now();
  const absl::Status status = client->Mounts().status();
  CHECK(status.code() == StatusCode::kDeadlineExceeded);
  CHECK(Elapsed(start) < 15s);
  CHECK_FALSE(client->Stats().connected);
  hang = false;
  CHECK(client->Mounts().ok());
  CHECK(master.Challenges().size() == 2);
}

TEST_CASE("a stop ends a call at once", "[alluxio]") {
  TinyMaster master;
  std::promise<void> asked;
  master.on_mounts = [&](grpc::ServerContext* context, const auto&, auto*) {
    asked.set_value();
    while (!context->IsCancelled()) std::this_thread::sleep_for(2ms);
    return grpc::Status::OK;
  };
  const auto client = ClientOf(master);
  auto mounts = std::async(std::launch::async, [&] { return client->Mounts().status(); });
  asked.get_future().wait();
  const auto start = std::chrono::steady_clock::now();
  client->Stop();
  CHECK(mounts.get().code() == StatusCode::kCancelled);
  CHECK(Elapsed(start) < 10s);
  CHECK(client->Mounts().status().code() == StatusCode::kCancelled);
}

TEST_CASE("a restarted master is a new term, a new channel id is not", "[alluxio]") {
  TinyMaster master;
  AnswerWorkers(master, 1);
  const auto client = ClientOf(master);
  CHECK(client->Workers()->term == 1);
  master.start_ms = 2;
  master.EndStreams({grpc::UNAVAILABLE, "restart"});
  REQUIRE(Eventually([&] { return !client->Stats().connected; }));
  CHECK(client->Workers()->term == 2);
  master.EndStreams(grpc::Status::OK);
  REQUIRE(Eventually([&] { return !client->Stats().connected; }));
  CHECK(client->Workers()->term == 2);
}

TEST_CASE("a leader that dies is replaced by the next one within a question", "[alluxio]") {
  auto first = std::make_unique<TinyMaster>();
  AnswerWorkers(*first, 1);
  TinyMaster second;
  AnswerWorkers(second, 2);
  const auto client = ClientOf(OptionsFor({first->address(), second.address()}));
  CHECK(client->Workers()->workers.size() == 1);
  first = nullptr;
  const auto workers = client->Workers();
  REQUIRE(workers.ok());
  CHECK(workers->workers.size() == 2);
  CHECK(workers->term == 2);
}

TEST_CASE("the end of a connection without authentication is noticed", "[alluxio]") {
  TinyMasterOptions says;
  says.authentication = "NOSASL";
  says.sasl = false;
  auto first = std::make_unique<TinyMaster>(says);
  AnswerWorkers(*first, 1);
  TinyMaster second(says);
  AnswerWorkers(second, 2);
  const auto client = ClientOf(OptionsFor({first->address(), second.address()}));
  CHECK(client->Workers()->term == 1);
  first = nullptr;
  REQUIRE(Eventually([&] { return !client->Stats().connected; }));
  CHECK(client->Workers()->term == 2);
}

TEST_CASE("safe mode is waited for on the same connection", "[alluxio]") {
  TinyMaster master;
  std::atomic<bool> safe{true};
  master.on_status = [&](grpc::ServerContext*, const auto&, auto* response) {
    if (safe) return grpc::Status(grpc::UNAVAILABLE, "Alluxio master is in safe mode. Please try again later.");
    FillFile(response->mutable_file_info(), "/a", 1);
    return grpc::Status::OK;
  };
  const auto client = ClientOf(master);
  CHECK(client->Status("/a").status().code() == StatusCode::kUnavailable);
  CHECK(client->Stats().retries == 0);
  safe = false;
  CHECK(client->Status("/a").ok());
  CHECK(master.Challenges().size() == 1);
}

TEST_CASE("over TLS a master with a trusted certificate is spoken to, and no other", "[alluxio]") {
  MakeCertificate(Folder() + "/good", "alluxio.test");
  MakeCertificate(Folder() + "/other", "alluxio.test");
  TinyMasterOptions says;
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({Read(Folder() + "/good.key"), Read(Folder() + "/good.crt")});
  says.credentials = grpc::SslServerCredentials(tls);
  TinyMaster master(says);
  AnswerWorkers(master, 1);

  MasterOptions options = OptionsFor({master.address()});
  options.tls = {true, Folder() + "/good.crt", "alluxio.test"};
  CHECK(ClientOf(options)->Workers().ok());
  options.tls.server_name = "else.test";
  CHECK(ClientOf(options)->Workers().status().code() == StatusCode::kUnavailable);
  options.tls = {true, Folder() + "/other.crt", "alluxio.test"};
  CHECK(ClientOf(options)->Workers().status().code() == StatusCode::kUnavailable);
  options.tls.enabled = false;
  CHECK(ClientOf(options)->Workers().status().code() == StatusCode::kUnavailable);

  options.tls = {true, Folder() + "/none.crt", ""};
  CHECK(MessageOf(ClientOf(options)->Workers().status()).find("alluxio.tls.ca_file: cannot read") != std::string::npos);
  options.tls.ca_file = Folder() + "/good.key";
  CHECK(MessageOf(ClientOf(options)->Workers().status()).find("has no PEM certificate") != std::string::npos);
}

TEST_CASE("calls show on /metrics by method and outcome", "[alluxio]") {
  TinyMaster master;
  AnswerWorkers(master, 1);
  const auto client = ClientOf(master);
  locus::Metrics metrics;
  ExportMaster(*client, metrics);
  CHECK(metrics.Render().find("locus_meta_master_connected 0") != std::string::npos);
  REQUIRE(client->Workers().ok());
  REQUIRE(client->Workers().ok());
  CHECK_FALSE(client->Status("/a").ok());
  metrics.Render();
  const std::string text = metrics.Render();
  for (const char* line : {"locus_meta_master_calls_total{method=\"GetWorkerReport\",outcome=\"ok\"} 2\n",
                           "locus_meta_master_calls_total{method=\"authenticate\",outcome=\"ok\"} 1\n",
                           "locus_meta_master_calls_total{method=\"GetStatus\",outcome=\"unimplemented\"} 1\n",
                           "locus_meta_master_connects_total{outcome=\"ok\"} 1\n", "locus_meta_master_term 1\n",
                           "locus_meta_master_connected 0\n"}) {
    INFO(line << text);
    CHECK(text.find(line) != std::string::npos);
  }
}
