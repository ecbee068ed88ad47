#include "tests/support/alluxio/fake_master.h"

#include <stdexcept>
#include <utility>

#include "tests/support/alluxio/services.h"
#include "tests/support/alluxio/sessions.h"
#include "tests/support/alluxio/tcp_gate.h"

namespace locus::fake_alluxio {
namespace {

// A master's limit on what it is sent.
constexpr int kMaxRequestBytes = 100 << 20;
// A master sends GOAWAY to clients that ping more often than this, or without a call.
constexpr int kMinPingMs = 30'000;

Identity IdentityOf(const FakeMasterOptions& options) {
  Identity identity = {options.cluster_id, options.version, options.properties};
  const char* const types[] = {"NOSASL", "SIMPLE", "CUSTOM"};
  identity.properties["alluxio.security.authentication.type"] = types[static_cast<int>(options.authentication)];
  identity.properties["alluxio.version"] = options.version;
  return identity;
}

Gatekeeping GatekeepingOf(const FakeMasterOptions& options) {
  return {.check_passwords = options.authentication == Authentication::kCustom, .passwords = options.passwords};
}

}  // namespace

// All that the server serves, in the order of its life.
class Services {
 public:
  explicit Services(std::unique_ptr<Desk> desk) : desk_(std::move(desk)), services_(MakeServices(*desk_)) {}
  Desk& desk() { return *desk_; }
  const std::vector<std::unique_ptr<grpc::Service>>& all() const { return services_; }

 private:
  std::unique_ptr<Desk> desk_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
};

FakeMaster::FakeMaster(FakeMasterOptions options)
    : options_(std::move(options)),
      clock_(options_.clock == nullptr ? system_clock_ : *options_.clock),
      world_(clock_),
      sessions_(std::make_unique<Sessions>(
          GatekeepingOf(options_),
          [this](const std::string& user, const grpc::Status& deserved) { return OnHandshake(user, deserved); })) {
  const bool open = options_.authentication == Authentication::kNoSasl;
  services_ = std::make_unique<Services>(
      std::make_unique<Desk>(world_, calls_, faults_, open ? nullptr : sessions_.get(), clock_, IdentityOf(options_)));
  grpc::ServerBuilder builder;
  int port_behind = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_behind);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetMaxSendMessageSize(-1);
  for (const auto& service : services_->all()) builder.RegisterService(service.get());
  if (!open) sessions_->AddTo(builder);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) throw std::runtime_error("the fake master's gRPC server does not start");
  sessions_->Start();
  gate_ = std::make_unique<TcpGate>(options_.address, options_.port, port_behind);
}

FakeMaster::~FakeMaster() {
  gate_.reset();
  faults_.Clear();
  sessions_->EndAll({grpc::StatusCode::UNAVAILABLE, "the master stops"});
  server_->Shutdown(SystemClock().WallNow());
  server_->Wait();
  sessions_->Stop();
}

grpc::Status FakeMaster::OnHandshake(const std::string& user, const grpc::Status& deserved) {
  grpc::Status status = faults_.MeetHandshake();
  if (status.ok()) status = deserved;
  const uint64_t number = calls_.Begin({.method = "authenticate", .at = clock_.Now(), .user = user});
  calls_.End(number, status.error_code(), 0);
  return status;
}

int FakeMaster::port() const { return gate_->port(); }
std::string FakeMaster::target() const { return options_.address + ":" + std::to_string(port()); }

void FakeMaster::Refuse() { gate_->SetMode(TcpGate::Mode::kRefuse); }
void FakeMaster::Freeze() { gate_->SetMode(TcpGate::Mode::kFreeze); }
void FakeMaster::Cut() { gate_->Cut(); }
void FakeMaster::Restore() { gate_->SetMode(TcpGate::Mode::kPass); }

size_t FakeMaster::sessions() const { return sessions_->count(); }
void FakeMaster::EndSessions(const grpc::Status& status) { sessions_->EndAll(status); }
void FakeMaster::ForgetSessions() { sessions_->ForgetAll(); }

void FakeMaster::Restart() {
  // A client must not meet the old master once the new one has begun.
  gate_->SetMode(TcpGate::Mode::kRefuse);
  sessions_->EndAll({grpc::StatusCode::UNAVAILABLE, "the master stops"});
  world_.BeginLife();
  services_->desk().SetRole(Role::kLeader);
  gate_->SetMode(TcpGate::Mode::kPass);
}

void FakeMaster::BecomeStandby(Standby kind) {
  services_->desk().SetRole(kind == Standby::kNotFound ? Role::kStandbyNotFound : Role::kStandbyUnavailable);
  sessions_->EndAll({grpc::StatusCode::UNAVAILABLE, "this master steps down"});
  gate_->SetMode(kind == Standby::kCloses ? TcpGate::Mode::kClose : TcpGate::Mode::kPass);
  gate_->Cut();
}

void FakeMaster::BecomeLeader() {
  world_.BeginLife();
  services_->desk().SetRole(Role::kLeader);
  gate_->SetMode(TcpGate::Mode::kPass);
}

}  // namespace locus::fake_alluxio
