// A connection to the leading master: who it is, and that it knows us.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/leader_finder.h"
#include "alluxio_meta/alluxio/master.h"
#include "alluxio_meta/alluxio/master_calls.h"
#include "alluxio_meta/alluxio/master_options.h"
#include "alluxio_meta/alluxio/master_term.h"
#include "alluxio_wire/channel_id.h"
#include "alluxio_wire/session.h"
#include "proto/alluxio/block_master.grpc.pb.h"
#include "proto/alluxio/file_system_master.grpc.pb.h"

namespace locus::meta {

// Thread-safe; fields but for the atomics do not change once it is handed out.
struct MasterConnection {
  explicit MasterConnection(Leader leader);

  // Whether it is still the connection that was made: of one that broke, the channel would make another one by itself,
  // maybe to another process, where the channel id and the term do not hold.
  bool alive() const;
  // Whether the peer can be reached, as far as is known.
  bool connected() const;

  // "host:port".
  const std::string master;
  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<::alluxio::grpc::file::FileSystemMasterClientService::Stub> files;
  const std::unique_ptr<::alluxio::grpc::block::BlockMasterClientService::Stub> blocks;
  // Null under NOSASL.
  std::unique_ptr<alluxio_wire::Session> session;
  MasterTerm term = 0;
  // What this master does not offer, once it was seen.
  std::atomic<bool> lacks_pages{false};
  std::atomic<bool> lacks_report{false};
};

// Not thread-safe.
class Connector {
 public:
  // `calls` must outlive it.
  Connector(const MasterOptions& options, LeaderFinder finder, MasterCalls& calls);

  // Finds the leader, authenticates and learns its term. `doubt`: the leader of before may be dead. The text of an
  // error names the master and the step.
  absl::StatusOr<std::shared_ptr<MasterConnection>> Connect(bool doubt);

 private:
  absl::StatusOr<Authentication> AuthenticationOf(const MasterConnection& connection);
  absl::StatusOr<std::string> Password(Authentication authentication) const;
  absl::Status Authenticate(MasterConnection& connection, Authentication authentication);
  absl::Status LearnTerm(MasterConnection& connection);

  const MasterOptions options_;
  LeaderFinder finder_;
  MasterCalls& calls_;
  alluxio_wire::ChannelIds ids_;
  TermCounter terms_;
};

}  // namespace locus::meta
