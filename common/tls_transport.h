// The server's side of TLS over a socket: OpenSSL.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/tls_files.h"
#include "common/transport.h"

struct ssl_st;
struct ssl_ctx_st;

namespace locus {

// One connection. Shakes hands as a part of the first Receive. Not thread-safe.
class TlsTransport final : public Transport {
 public:
  ~TlsTransport() override;
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  Moved Receive(char* to, size_t size) override;
  Moved Send(const char* data, size_t size) override;
  bool HasInput() const override;

  // The peer has shown a certificate that an authority of ours has signed. After the first byte was received.
  bool certified() const;
  // Why hands could not be shaken; empty: they were, or not yet, or the peer went away.
  const std::string& problem() const { return problem_; }
  // Tells the peer, if that is possible at once, that nothing follows.
  void End();

 private:
  friend class TlsAcceptor;
  TlsTransport(std::shared_ptr<ssl_ctx_st> context, int fd);
  Moved Outcome(int result);

  // Its certificates stay as they were when the connection began.
  const std::shared_ptr<ssl_ctx_st> context_;
  ssl_st* ssl_ = nullptr;
  std::string problem_;
  bool broken_ = false;
};

// Makes them with the certificates that are in use when a connection begins. TLS 1.2 and 1.3, no resumption: a peer
// shows its certificate at each connection. Asks for the peer's certificate where `files` has authorities; one that is
// shown must be valid, none need be shown (see certified). Thread-safe.
class TlsAcceptor {
 public:
  explicit TlsAcceptor(std::shared_ptr<const TlsFiles> files) : files_(std::move(files)) {}

  // `fd` stays the caller's and must outlive it. INTERNAL: OpenSSL does not take what ReadTlsMaterial found in order
  // (a key too short for its security level, for example).
  absl::StatusOr<std::unique_ptr<TlsTransport>> Accept(int fd);
  // Whether peers are asked for certificates.
  bool asks() const { return !files_->paths().authorities.empty(); }

 private:
  absl::StatusOr<std::shared_ptr<ssl_ctx_st>> Context();

  const std::shared_ptr<const TlsFiles> files_;
  Mutex mutex_;
  std::shared_ptr<const TlsMaterial> material_ GUARDED_BY(mutex_);
  std::shared_ptr<ssl_ctx_st> context_ GUARDED_BY(mutex_);
};

}  // namespace locus
