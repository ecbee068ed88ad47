// A client of an Alluxio master without any comfort: generated stubs, and what the suite says of each call.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/alluxio/block_master.grpc.pb.h"
#include "proto/alluxio/file_system_master.grpc.pb.h"
#include "proto/alluxio/meta_master.grpc.pb.h"
#include "proto/alluxio/sasl.grpc.pb.h"
#include "proto/alluxio/version.grpc.pb.h"

namespace locus::alluxio_contract {

namespace block = alluxio::grpc::block;
namespace file = alluxio::grpc::file;
namespace meta = alluxio::grpc::meta;
namespace sasl = alluxio::grpc::sasl;
namespace version = alluxio::grpc::version;

template <typename Body>
struct Answer {
  grpc::Status status;
  Body body;
  bool ok() const { return status.ok(); }
};

struct Listing {
  std::vector<file::FileInfo> entries;
  // Entries in each message of the stream.
  std::vector<int> messages;
};

// Which channel-id header a call carries: none when empty.
using ChannelId = std::optional<std::string>;

// One TCP connection, shared with nobody. Every call has a deadline of its own. Requests that read the namespace load
// and sync nothing, and carry ttl -1 with FREE.
class Connection {
 public:
  explicit Connection(const std::string& target);

  Answer<version::GetServiceVersionResponse> ServiceVersion(version::ServiceType type);
  Answer<meta::GetConfigurationResponse> Configuration();
  Answer<meta::MasterInfo> MasterInfo(const ChannelId& id);
  Answer<block::GetWorkerInfoListResponse> WorkerList(const ChannelId& id);
  Answer<block::GetWorkerInfoListResponse> WorkerReport(const ChannelId& id, block::WorkerRange range,
                                                        const std::vector<int>& fields);
  Answer<file::FileInfo> Status(const ChannelId& id, const std::string& path);
  Answer<Listing> List(const ChannelId& id, const std::string& path, bool recursive);
  // `options` says where and how much; the rest is filled in.
  Answer<file::ListStatusPartialResponse> Partial(const ChannelId& id, const std::string& path, bool recursive,
                                                  file::ListStatusPartialOptions options);
  Answer<file::GetMountTableResponse> Mounts(const ChannelId& id);

  std::unique_ptr<sasl::SaslAuthenticationService::Stub> Sasl();

 private:
  std::shared_ptr<grpc::Channel> channel_;
};

// GetWorkerReport's fields 1 to 11.
std::vector<int> AllWorkerFields();

std::string NewUuid();

// What a client says to be admitted under SIMPLE.
sasl::SaslMessage Challenge(const std::string& user, const std::string& id);

// One authenticate stream, without deadline. Cancelled when it goes.
class Handshake {
 public:
  // Opens the stream and says `first`.
  Handshake(Connection& connection, const sasl::SaslMessage& first);
  // A whole handshake with a new id.
  Handshake(Connection& connection, const std::string& user);
  ~Handshake();

  const std::string& id() const { return id_; }
  // The next message; nothing when the stream has ended.
  std::optional<sasl::SaslMessage> Read();
  void Send(const sasl::SaslMessage& message) { stream_->Write(message); }
  void HalfClose() { stream_->WritesDone(); }
  void Cancel() { context_.TryCancel(); }
  // How the stream ended; waits for it.
  grpc::Status End();

 private:
  std::unique_ptr<sasl::SaslAuthenticationService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<sasl::SaslMessage, sasl::SaslMessage>> stream_;
  std::string id_;
  bool ended_ = false;
};

}  // namespace locus::alluxio_contract
