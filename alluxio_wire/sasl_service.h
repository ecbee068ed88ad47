// The server's side of authenticated connections: who is known, and the streams by which each one stays known.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "common/mutex.h"
#include "proto/alluxio/sasl.grpc.pb.h"

namespace locus::alluxio_wire {

// Told of sessions, by gRPC's threads; must not block. Thread-safe.
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  // `channel_ref`: how the client introduces itself. Before calls with the id are admitted.
  virtual void OnOpened(const std::string& channel_id, const std::string& channel_ref) = 0;
  // Once for each OnOpened, and before the id may be opened again.
  virtual void OnClosed(const std::string& channel_id) = 0;
};

// For clients under SIMPLE: a user is taken at his word, for whomever he acts, and whatever his password. It tells who
// calls, not who may: put the port where only those reach it who may read the data.
//
// Thread-safe; a stream costs no thread. A channel id is known from SUCCESS until its `authenticate` stream ends, by
// whichever side. An id that is announced while it is held is refused, and the held one is dropped: two clients would
// share it. Register it at a server of its own port: each port has its own ids.
class SaslService final : public ::alluxio::grpc::sasl::SaslAuthenticationService::CallbackService {
 public:
  // Ids at once; a client beyond them hears RESOURCE_EXHAUSTED. A Java client holds two for each worker and one for a
  // master; an id costs a stream and about a kilobyte.
  // `listener` may be null, else it must outlive the server.
  explicit SaslService(size_t max_sessions, SessionListener* listener = nullptr)
      : max_sessions_(max_sessions), listener_(listener) {}

  // OK, or UNAUTHENTICATED: the call carries no id, or one that is not known; its client then authenticates anew.
  grpc::Status Admit(const grpc::ServerContextBase& call) const;

  size_t sessions() const;
  // Handshakes that failed, since the start.
  uint64_t refused() const { return refused_; }

  using ::alluxio::grpc::sasl::SaslAuthenticationService::CallbackService::authenticate;
  grpc::ServerBidiReactor<::alluxio::grpc::sasl::SaslMessage, ::alluxio::grpc::sasl::SaslMessage>* authenticate(
      grpc::CallbackServerContext* context) override;

 private:
  class Stream;
  // Called by streams. The first makes the id known.
  grpc::Status Announce(const ::alluxio::grpc::sasl::SaslMessage& message, const Stream* stream);
  void Drop(const std::string& id, const Stream* stream);

  const size_t max_sessions_;
  SessionListener* const listener_;
  std::atomic<uint64_t> refused_{0};
  mutable Mutex mutex_;
  std::unordered_map<std::string, const Stream*> held_ GUARDED_BY(mutex_);
};

}  // namespace locus::alluxio_wire
