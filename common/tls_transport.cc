#include "common/tls_transport.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <climits>

#include "common/log.h"
#include "common/status.h"

namespace locus {
namespace {

std::string LastError() {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "unknown reason" : reason;
}

BIO* Over(const std::string& text) { return BIO_new_mem_buf(text.data(), static_cast<int>(text.size())); }

// Calls `take` for each certificate of a PEM text, until it refuses one. `take` owns what it gets.
template <typename Take>
bool EachCertificate(const std::string& pem, const Take& take) {
  BIO* const bio = Over(pem);
  bool taken = true;
  while (taken) {
    X509* const one = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    if (one == nullptr) break;
    taken = take(one);
  }
  BIO_free_all(bio);
  if (taken) ERR_clear_error();
  return taken;
}

bool UseIdentity(SSL_CTX* context, const TlsMaterial& material) {
  bool first = true;
  const bool chain = EachCertificate(material.certificate, [&](X509* one) {
    const bool ok = first ? SSL_CTX_use_certificate(context, one) == 1 : SSL_CTX_add1_chain_cert(context, one) == 1;
    first = false;
    X509_free(one);
    return ok;
  });
  if (!chain || first) return false;
  BIO* const bio = Over(material.key);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free_all(bio);
  const bool ok =
      key != nullptr && SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;
  EVP_PKEY_free(key);
  return ok;
}

bool TrustAuthorities(SSL_CTX* context, const TlsMaterial& material) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  return EachCertificate(material.authorities, [&](X509* one) {
    // The names tell the client which of its certificates to show.
    const bool ok = X509_STORE_add_cert(store, one) == 1 && SSL_CTX_add_client_CA(context, one) == 1;
    X509_free(one);
    return ok;
  });
}

absl::StatusOr<std::shared_ptr<ssl_ctx_st>> MakeContext(const TlsMaterial& material) {
  const std::shared_ptr<ssl_ctx_st> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX* const raw = context.get();
  if (raw == nullptr) return Internal("TLS: " + LastError());
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 0);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (!UseIdentity(raw, material)) return Internal("TLS: the certificate cannot be used: " + LastError());
  if (!material.authorities.empty()) {
    if (!TrustAuthorities(raw, material)) return Internal("TLS: the authorities cannot be used: " + LastError());
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  }
  return context;
}

}  // namespace

TlsTransport::TlsTransport(std::shared_ptr<ssl_ctx_st> context, int fd)
    : context_(std::move(context)), ssl_(SSL_new(context_.get())) {
  SSL_set_fd(ssl_, fd);
  SSL_set_accept_state(ssl_);
}

TlsTransport::~TlsTransport() { SSL_free(ssl_); }

Transport::Moved TlsTransport::Outcome(int result) {
  if (result > 0) return {result, 0};
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ: return {0, POLLIN};
    case SSL_ERROR_WANT_WRITE: return {0, POLLOUT};
    case SSL_ERROR_ZERO_RETURN: return {0, 0};
    default: break;
  }
  // Who only looks whether the port is open, or thinks better of it, has not been refused.
  const unsigned long error = ERR_peek_last_error();
  const bool left = error == 0 || ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if (!SSL_is_init_finished(ssl_) && !left) {
    const long verdict = SSL_get_verify_result(ssl_);
    problem_ = LastError();
    if (verdict != X509_V_OK) problem_ += std::string(": ") + X509_verify_cert_error_string(verdict);
  }
  ERR_clear_error();
  broken_ = true;
  return {-1, 0};
}

Transport::Moved TlsTransport::Receive(char* to, size_t size) {
  ERR_clear_error();
  return Outcome(SSL_read(ssl_, to, static_cast<int>(std::min<size_t>(size, INT_MAX))));
}

Transport::Moved TlsTransport::Send(const char* data, size_t size) {
  ERR_clear_error();
  return Outcome(SSL_write(ssl_, data, static_cast<int>(std::min<size_t>(size, INT_MAX))));
}

bool TlsTransport::HasInput() const { return SSL_pending(ssl_) > 0; }

bool TlsTransport::certified() const {
  return SSL_is_init_finished(ssl_) && SSL_get0_peer_certificate(ssl_) != nullptr &&
         SSL_get_verify_result(ssl_) == X509_V_OK;
}

void TlsTransport::End() {
  if (broken_ || !SSL_is_init_finished(ssl_)) return;
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

absl::StatusOr<std::unique_ptr<TlsTransport>> TlsAcceptor::Accept(int fd) {
  LOCUS_ASSIGN_OR_RETURN(std::shared_ptr<ssl_ctx_st> context, Context());
  std::unique_ptr<TlsTransport> transport(new TlsTransport(std::move(context), fd));
  if (transport->ssl_ == nullptr) return Internal("TLS: no memory for a connection");
  return transport;
}

absl::StatusOr<std::shared_ptr<ssl_ctx_st>> TlsAcceptor::Context() {
  const std::shared_ptr<const TlsMaterial> material = files_->Current();
  MutexLock lock(mutex_);
  if (material == material_) return context_;
  absl::StatusOr<std::shared_ptr<ssl_ctx_st>> made = MakeContext(*material);
  if (!made.ok() && context_ == nullptr) return made.status();
  if (made.ok()) {
    context_ = *std::move(made);
  } else {
    LogError("changed certificates are of no use: the earlier ones stay in use",
             {{"use", files_->use()}, {"problem", MessageOf(made.status())}});
  }
  material_ = material;
  return context_;
}

}  // namespace locus
