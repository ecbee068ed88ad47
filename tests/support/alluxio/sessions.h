// Channel ids of a fake Alluxio master: the handshake that makes them, and the stream by which each one lives.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

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
// it gets. Called on a thread of gRPC's: must not block.
using HandshakeHook = std::function<grpc::Status(const std::string& user, const grpc::Status& deserved)>;

// Thread-safe. Must outlive the server that serves its service.
class Sessions {
 public:
  Sessions(Gatekeeping gatekeeping, HandshakeHook hook);
  ~Sessions();

  grpc::Service* service();

  // The user behind the channel-id of this call; the status that a master answers where there is none.
  absl::StatusOr<std::string> UserOf(const grpc::ServerContext& context, const std::string& method) const;
  size_t count() const;
  // Ends every authenticate stream, and with it its id.
  void EndAll(const grpc::Status& status);
  // The ids are gone, the streams stay.
  void ForgetAll();

 private:
  class Stream;
  class Service;

  // The user that the message stands for, unless it is refused.
  grpc::Status Judge(const alluxio::grpc::sasl::SaslMessage& message, std::string& user) const;
  // Called by streams.
  grpc::Status Admit(const alluxio::grpc::sasl::SaslMessage& message, Stream* stream);
  // The id that the stream holds, if any, is gone.
  void Drop(const Stream* stream);
  void Opened(Stream* stream);
  void Closed(Stream* stream);

  const Gatekeeping gatekeeping_;
  const HandshakeHook hook_;
  mutable Mutex mutex_;
  struct Held {
    std::string user;
    Stream* stream = nullptr;
  };
  std::map<std::string, Held> held_ GUARDED_BY(mutex_);
  std::set<Stream*> streams_ GUARDED_BY(mutex_);
  std::unique_ptr<Service> service_;
};

}  // namespace locus::fake_alluxio
