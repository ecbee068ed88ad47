// Channel ids of a fake Alluxio master: the handshake that makes them, and the stream by which each one lives.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "proto/alluxio/sasl.grpc.pb.h"

namespace locus::fake_alluxio {

// SASL PLAIN's initial response (RFC 4616): "authzid NUL authcid NUL password".
struct PlainResponse {
  std::string acts_as;
  std::string user;
  std::string password;
};

// INVALID_ARGUMENT unless there are three parts, the last two not empty; what follows a third NUL is ignored.
absl::StatusOr<PlainResponse> ParsePlain(const std::string& message);

// As lenient as Java's UUID.fromString, in lower case: five groups of hexadecimal digits, the missing ones being zeros.
// Empty when it is none.
std::string CanonicalUuid(const std::string& text);

// Which handshakes succeed.
struct Gatekeeping {
  // Passwords are looked at: CUSTOM. Otherwise any will do: SIMPLE.
  bool check_passwords = false;
  std::map<std::string, std::string> passwords = {};
};

// Told of each handshake: its user, empty where there is none, and the answer that it deserves. Gives the answer that
// it gets. Called on the streams' thread: must not block.
using HandshakeHook = std::function<grpc::Status(const std::string& user, const grpc::Status& deserved)>;

// Thread-safe from Start to Stop. One thread of its own carries all authenticate streams: a blocking handler could not
// end its stream while it reads, and gRPC's callbacks look like races to ThreadSanitizer (tests/support/tsan.supp).
class Sessions {
 public:
  Sessions(Gatekeeping gatekeeping, HandshakeHook hook);
  ~Sessions();

  // Adds the service to a server, before it is built; after it was, Start serves. Stop comes after the server's
  // Shutdown.
  void AddTo(grpc::ServerBuilder& builder);
  void Start();
  void Stop();

  // The user behind the channel-id of this call; the status that a master answers where there is none.
  absl::StatusOr<std::string> UserOf(const grpc::ServerContext& context, const std::string& method) const;
  size_t count() const;
  // Ends every authenticate stream, and with it its id. Returns when the streams have been told.
  void EndAll(const grpc::Status& status);
  // The ids are gone, the streams stay.
  void ForgetAll();

 private:
  class Stream;
  struct Held {
    std::string user;
    const Stream* stream = nullptr;
  };

  // The user that the message stands for, unless it is refused.
  grpc::Status Judge(const alluxio::grpc::sasl::SaslMessage& message, std::string& user) const;
  // Called by streams.
  grpc::Status Admit(const alluxio::grpc::sasl::SaslMessage& message, const Stream* stream);
  // The id that the stream holds, if any, is gone.
  void Drop(const Stream* stream);
  void Run();
  // Waits for the next stream.
  void Listen();
  void EndWhatIsAsked();

  const Gatekeeping gatekeeping_;
  const HandshakeHook hook_;
  alluxio::grpc::sasl::SaslAuthenticationService::AsyncService service_;
  // Null while it is added to no server.
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  // Of the thread alone.
  std::set<Stream*> streams_;
  std::thread thread_;

  mutable Mutex mutex_;
  CondVar ended_;
  std::map<std::string, Held> held_ GUARDED_BY(mutex_);
  std::optional<grpc::Status> end_with_ GUARDED_BY(mutex_);
};

}  // namespace locus::fake_alluxio
