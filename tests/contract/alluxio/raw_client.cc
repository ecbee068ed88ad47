#include "tests/contract/alluxio/raw_client.h"

#include <chrono>
#include <random>
#include <utility>

namespace locus::alluxio_contract {
namespace {

constexpr auto kDeadline = std::chrono::seconds(20);

std::unique_ptr<grpc::ClientContext> NewContext(const ChannelId& id) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + kDeadline);
  if (id.has_value()) context->AddMetadata("channel-id", *id);
  return context;
}

file::CommonOptions Careful() {
  file::CommonOptions common;
  common.set_sync_interval_ms(-1);
  common.set_ttl(-1);
  common.set_ttl_action(file::TTL_FREE);
  return common;
}

file::ListStatusOptions ListOptions(bool recursive) {
  file::ListStatusOptions options;
  options.set_load_metadata_type(file::LOAD_NEVER);
  *options.mutable_common_options() = Careful();
  options.set_recursive(recursive);
  options.set_disable_are_descendants_loaded_check(true);
  options.set_exclude_mount_info(true);
  return options;
}

}  // namespace

Connection::Connection(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  channel_ = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

Answer<version::GetServiceVersionResponse> Connection::ServiceVersion(version::ServiceType type) {
  Answer<version::GetServiceVersionResponse> answer;
  version::GetServiceVersionRequest request;
  request.set_service_type(type);
  answer.status = version::ServiceVersionClientService::NewStub(channel_)->getServiceVersion(
      NewContext(std::nullopt).get(), request, &answer.body);
  return answer;
}

Answer<meta::GetConfigurationResponse> Connection::Configuration() {
  Answer<meta::GetConfigurationResponse> answer;
  meta::GetConfigurationRequest request;
  request.set_raw_value(true);
  request.set_ignore_path_conf(true);
  answer.status = meta::MetaMasterConfigurationService::NewStub(channel_)->GetConfiguration(
      NewContext(std::nullopt).get(), request, &answer.body);
  return answer;
}

Answer<meta::MasterInfo> Connection::MasterInfo(const ChannelId& id) {
  Answer<meta::MasterInfo> answer;
  meta::GetMasterInfoResponse response;
  answer.status = meta::MetaMasterClientService::NewStub(channel_)->GetMasterInfo(NewContext(id).get(), {}, &response);
  answer.body = response.master_info();
  return answer;
}

Answer<block::GetWorkerInfoListResponse> Connection::WorkerList(const ChannelId& id) {
  Answer<block::GetWorkerInfoListResponse> answer;
  answer.status =
      block::BlockMasterClientService::NewStub(channel_)->GetWorkerInfoList(NewContext(id).get(), {}, &answer.body);
  return answer;
}

Answer<block::GetWorkerInfoListResponse> Connection::WorkerReport(const ChannelId& id, block::WorkerRange range,
                                                                  const std::vector<int>& fields) {
  Answer<block::GetWorkerInfoListResponse> answer;
  block::GetWorkerReportRequest request;
  request.set_worker_range(range);
  for (const int field : fields) request.add_field_ranges(static_cast<block::WorkerInfoField>(field));
  answer.status =
      block::BlockMasterClientService::NewStub(channel_)->GetWorkerReport(NewContext(id).get(), request, &answer.body);
  return answer;
}

Answer<file::FileInfo> Connection::Status(const ChannelId& id, const std::string& path) {
  Answer<file::FileInfo> answer;
  file::GetStatusRequest request;
  request.set_path(path);
  request.mutable_options()->set_load_metadata_type(file::LOAD_NEVER);
  *request.mutable_options()->mutable_common_options() = Careful();
  request.mutable_options()->set_update_timestamps(false);
  file::GetStatusResponse response;
  answer.status =
      file::FileSystemMasterClientService::NewStub(channel_)->GetStatus(NewContext(id).get(), request, &response);
  answer.body = response.file_info();
  return answer;
}

Answer<Listing> Connection::List(const ChannelId& id, const std::string& path, bool recursive) {
  Answer<Listing> answer;
  file::ListStatusRequest request;
  request.set_path(path);
  *request.mutable_options() = ListOptions(recursive);
  const auto context = NewContext(id);
  const auto stub = file::FileSystemMasterClientService::NewStub(channel_);
  const auto reader = stub->ListStatus(context.get(), request);
  file::ListStatusResponse message;
  while (reader->Read(&message)) {
    answer.body.messages.push_back(message.file_infos_size());
    for (const file::FileInfo& info : message.file_infos()) answer.body.entries.push_back(info);
  }
  answer.status = reader->Finish();
  return answer;
}

Answer<file::ListStatusPartialResponse> Connection::Partial(const ChannelId& id, const std::string& path,
                                                            bool recursive, file::ListStatusPartialOptions options) {
  Answer<file::ListStatusPartialResponse> answer;
  file::ListStatusPartialRequest request;
  request.set_path(path);
  *request.mutable_options() = std::move(options);
  *request.mutable_options()->mutable_options() = ListOptions(recursive);
  answer.status = file::FileSystemMasterClientService::NewStub(channel_)->ListStatusPartial(NewContext(id).get(),
                                                                                            request, &answer.body);
  return answer;
}

Answer<file::GetMountTableResponse> Connection::Mounts(const ChannelId& id) {
  Answer<file::GetMountTableResponse> answer;
  file::GetMountTableRequest request;
  request.set_check_ufs(false);
  answer.status = file::FileSystemMasterClientService::NewStub(channel_)->GetMountTable(NewContext(id).get(), request,
                                                                                        &answer.body);
  return answer;
}

std::unique_ptr<sasl::SaslAuthenticationService::Stub> Connection::Sasl() {
  return sasl::SaslAuthenticationService::NewStub(channel_);
}

std::vector<int> AllWorkerFields() { return {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}; }

std::string NewUuid() {
  static std::mt19937_64 random(std::random_device{}());
  const char* const digits = "0123456789abcdef";
  std::string uuid = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  for (char& c : uuid) {
    if (c == 'x') c = digits[random() % 16];
  }
  return uuid;
}

sasl::SaslMessage Challenge(const std::string& user, const std::string& id) {
  sasl::SaslMessage message;
  message.set_message_type(sasl::SaslMessage::CHALLENGE);
  message.set_message(std::string(1, '\0') + user + std::string(1, '\0') + "noPassword");
  message.set_client_id(id);
  message.set_authentication_scheme(sasl::SaslMessage::SCHEME_SIMPLE);
  message.set_channel_ref("contract");
  return message;
}

Handshake::Handshake(Connection& connection, const sasl::SaslMessage& first)
    : stub_(connection.Sasl()), stream_(stub_->authenticate(&context_)), id_(first.client_id()) {
  stream_->Write(first);
}

Handshake::Handshake(Connection& connection, const std::string& user)
    : Handshake(connection, Challenge(user, NewUuid())) {
  Read();
}

Handshake::~Handshake() {
  context_.TryCancel();
  if (!ended_) End();
}

std::optional<sasl::SaslMessage> Handshake::Read() {
  sasl::SaslMessage message;
  if (!stream_->Read(&message)) return std::nullopt;
  return message;
}

grpc::Status Handshake::End() {
  ended_ = true;
  while (Read().has_value()) {
  }
  return stream_->Finish();
}

}  // namespace locus::alluxio_contract
