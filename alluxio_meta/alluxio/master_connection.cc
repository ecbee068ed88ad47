#include "alluxio_meta/alluxio/master_connection.h"

#include <utility>

#include "alluxio_meta/alluxio/cluster_codec.h"
#include "alluxio_meta/alluxio/small_file.h"
#include "alluxio_meta/alluxio/verdict.h"
#include "alluxio_wire/plain.h"
#include "common/log.h"
#include "common/status.h"
#include "proto/alluxio/meta_master.grpc.pb.h"

namespace locus::meta {
namespace {

namespace master = ::alluxio::grpc::meta;

constexpr char kAuthenticationProperty[] = "alluxio.security.authentication.type";
constexpr char kChannelRef[] = "locus-meta";
constexpr size_t kMaxPasswordBytes = 4096;

std::string WordFor(Authentication authentication) {
  switch (authentication) {
    case Authentication::kNone: return "none";
    case Authentication::kSimple: return "simple";
    case Authentication::kCustom: return "custom";
    case Authentication::kAuto: break;
  }
  return "auto";
}

}  // namespace

MasterConnection::MasterConnection(Leader leader)
    : master(leader.address.Text()),
      channel(std::move(leader.channel)),
      files(::alluxio::grpc::file::FileSystemMasterClientService::NewStub(channel)),
      blocks(::alluxio::grpc::block::BlockMasterClientService::NewStub(channel)) {}

bool MasterConnection::alive() const { return connected() && (session == nullptr || session->alive()); }

bool MasterConnection::connected() const { return channel->GetState(false) == GRPC_CHANNEL_READY; }

Connector::Connector(const MasterOptions& options, LeaderFinder finder, MasterCalls& calls)
    : options_(options), finder_(std::move(finder)), calls_(calls), ids_(std::mt19937_64(options.seed)) {}

absl::StatusOr<std::shared_ptr<MasterConnection>> Connector::Connect(bool doubt) {
  if (doubt) finder_.Doubt();
  LOCUS_ASSIGN_OR_RETURN(Leader leader, finder_.Find());
  const auto connection = std::make_shared<MasterConnection>(std::move(leader));
  LOCUS_ASSIGN_OR_RETURN(const Authentication authentication, AuthenticationOf(*connection));
  if (authentication != Authentication::kNone) LOCUS_RETURN_IF_ERROR(Authenticate(*connection, authentication));
  LOCUS_RETURN_IF_ERROR(LearnTerm(*connection));
  LogInfo("connected to the Alluxio master",
          {{"master", connection->master},
           {"authentication", connection->session == nullptr ? "none" : WordFor(authentication)},
           {"term", connection->term}});
  return connection;
}

absl::StatusOr<Authentication> Connector::AuthenticationOf(const MasterConnection& connection) {
  if (options_.authentication != Authentication::kAuto) return options_.authentication;
  const auto stub = master::MetaMasterConfigurationService::NewStub(connection.channel);
  master::GetConfigurationRequest request;
  request.set_raw_value(true);
  request.set_ignore_path_conf(true);
  master::GetConfigurationResponse response;
  const grpc::Status status =
      calls_.Make(MasterMethod::kGetConfiguration, options_.call_timeout, nullptr,
                  [&](grpc::ClientContext& context) { return stub->GetConfiguration(&context, request, &response); });
  if (!status.ok()) return FromMaster(status, connection.master, "GetConfiguration");
  const std::string type = PropertyOf(response, kAuthenticationProperty);
  if (type == "NOSASL") return Authentication::kNone;
  if (type == "CUSTOM") return Authentication::kCustom;
  // Alluxio's own default.
  if (type == "SIMPLE" || type.empty()) return Authentication::kSimple;
  return absl::UnauthenticatedError(ToAbsl("Alluxio master " + connection.master + " wants " + kAuthenticationProperty +
                                           "=" + type +
                                           ", which Locus does not speak: NOSASL, SIMPLE and CUSTOM it does"));
}

absl::StatusOr<std::string> Connector::Password(Authentication authentication) const {
  if (authentication != Authentication::kCustom) return std::string(alluxio_wire::kNoPassword);
  if (options_.password_file.empty()) {
    return absl::UnauthenticatedError("the Alluxio master wants a password (CUSTOM): set alluxio.password_file");
  }
  absl::StatusOr<std::string> password = ReadSmallFile(options_.password_file, kMaxPasswordBytes);
  if (!password.ok()) return Annotate(password.status(), "alluxio.password_file");
  if (password->ends_with('\n')) password->pop_back();
  if (password->ends_with('\r')) password->pop_back();
  return password;
}

absl::Status Connector::Authenticate(MasterConnection& connection, Authentication authentication) {
  LOCUS_ASSIGN_OR_RETURN(const std::string password, Password(authentication));
  LOCUS_ASSIGN_OR_RETURN(std::string response, alluxio_wire::PlainInitialResponse(options_.user, password));
  auto session = std::make_unique<alluxio_wire::Session>(
      connection.channel, alluxio_wire::SessionOptions{ids_.Next(), std::move(response), kChannelRef});
  const grpc::Status status = calls_.Make(
      MasterMethod::kAuthenticate, [&] { session->Cancel(); },
      [&] { return session->Authenticate(options_.call_timeout); });
  if (status.ok()) {
    connection.session = std::move(session);
    return absl::OkStatus();
  }
  if (status.error_code() == grpc::UNIMPLEMENTED) {
    if (options_.authentication == Authentication::kAuto) return absl::OkStatus();
    return absl::UnauthenticatedError(ToAbsl("Alluxio master " + connection.master + " knows no authentication " +
                                             "(NOSASL): set alluxio.authentication to auto or none"));
  }
  return FromMaster(status, connection.master, "authenticate as user '" + options_.user + "'");
}

absl::Status Connector::LearnTerm(MasterConnection& connection) {
  const auto stub = master::MetaMasterClientService::NewStub(connection.channel);
  master::GetMasterInfoResponse response;
  const grpc::Status status =
      calls_.Make(MasterMethod::kGetMasterInfo, options_.call_timeout, connection.session.get(),
                  [&](grpc::ClientContext& context) { return stub->GetMasterInfo(&context, {}, &response); });
  if (status.error_code() == grpc::UNAUTHENTICATED && connection.session == nullptr) {
    return Annotate(FromMaster(status, connection.master, "GetMasterInfo"),
                    "it wants an authentication: set alluxio.authentication to auto");
  }
  connection.term = status.ok() ? terms_.Of(LifeOf(response.master_info())) : 0;
  return FromMaster(status, connection.master, "GetMasterInfo");
}

}  // namespace locus::meta
