// An authenticated connection to an Alluxio server, master or worker: the `authenticate` stream behind a channel id.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "proto/alluxio/sasl.grpc.pb.h"

namespace locus::alluxio_wire {

struct SessionOptions {
  // Of ChannelIds; never one that was used before.
  std::string channel_id;
  // Of PlainInitialResponse.
  std::string initial_response;
  // Who we are, for the server's log.
  std::string channel_ref;
};

// Thread-safe. One thread, which waits for the stream's end. The server forgets the channel id within a millisecond of
// the end of the stream, by whichever side: so it has no deadline, and is open for as long as the session lives.
//
// SIMPLE and CUSTOM are the same on the wire: the server alone knows which one it is. Under NOSASL there is no session.
class Session {
 public:
  Session(const std::shared_ptr<grpc::Channel>& channel, SessionOptions options);
  // Ends the stream.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Once. Waits for the server's word: OK, UNAUTHENTICATED, UNIMPLEMENTED (a server under NOSASL), DEADLINE_EXCEEDED
  // after `timeout`, CANCELLED by Cancel, or what became of the connection.
  grpc::Status Authenticate(Duration timeout);
  // From then on calls that carry the id are refused.
  void Cancel();

  // Authenticated, and the stream has not ended since.
  bool alive() const;
  const std::string& channel_id() const { return options_.channel_id; }
  // Puts the channel id on a call.
  void Sign(grpc::ClientContext& call) const;

 private:
  using SaslMessage = ::alluxio::grpc::sasl::SaslMessage;
  void Run();

  const SessionOptions options_;
  const std::unique_ptr<::alluxio::grpc::sasl::SaslAuthenticationService::Stub> stub_;
  grpc::ClientContext context_;
  std::thread thread_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool welcome_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = false;
  // Once ended.
  grpc::Status status_ GUARDED_BY(mutex_);
};

}  // namespace locus::alluxio_wire
