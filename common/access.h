// Who may ask a server: those with a certificate, or with a token.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "common/http_server.h"
#include "common/metrics.h"
#include "common/token_file.h"

namespace locus {

// What a caller has shown.
struct Shown {
  // A certificate that an authority of the server has signed; the handshake has seen to that.
  bool certified = false;
  // The Authorization field; empty: none.
  std::string_view authorization;
};

struct AccessOptions {
  // For labels.
  std::string use;
  // A certificate opens everything.
  bool certificates = false;
  // So does one of these; null: none does.
  std::shared_ptr<const TokenFile> tokens;
  // Methods of gRPC (/package.Service/Method) that see to it themselves.
  std::set<std::string, std::less<>> own_rule;
};

// With neither certificates nor tokens in its options it lets everybody do everything. Thread-safe. Refusals are
// counted in locus_access_refused_total{use,reason}: anonymous (nothing was shown), token (a wrong one).
class Access {
 public:
  // `metrics` must outlive it.
  Access(AccessOptions options, Metrics& metrics);

  // For gRPC. Empty: may pass; otherwise what to tell the caller. grpc.health.v1 is open to everybody.
  std::string RefusalOfCall(std::string_view path, const Shown& shown) const;

  // For HTTP, as above. /healthz, /readyz and /metrics are open: kubelet and Prometheus show nothing. So are / and
  // what begins with /web/: a page without data, from which people can then show their token. kube-scheduler's
  // own calls, /filter and /prioritize, ask for a certificate where certificates are in use, and are open where only
  // tokens are, as kube-scheduler has none to show.
  std::string RefusalOfPath(std::string_view path, const Shown& shown) const;

 private:
  std::string Refusal(const Shown& shown) const;

  const AccessOptions options_;
  const Counter anonymous_;
  const Counter wrong_token_;
};

// Answers 401 with the text of the refusal.
HttpGuard GuardOf(std::shared_ptr<const Access> access);

}  // namespace locus
