#include "extender/secured.h"

#include "common/status.h"
#include "extender/config.h"

namespace locus::extender {

absl::StatusOr<Secured> Secure(const config::v1::Extender& config, Security& security) {
  Secured secured{HttpOptionsOf(config), AdminOptionsOf(config), {}, {}};
  LOCUS_RETURN_IF_ERROR(security.SecureHttp("listen", config.listen(), config.access(), &secured.http));
  if (config.admin().enabled()) {
    LOCUS_RETURN_IF_ERROR(
        security.SecureHttp("admin.listen", config.admin().listen(), config.access(), &secured.admin));
  }
  LOCUS_ASSIGN_OR_RETURN(secured.to_metadata, security.ForChannel("metadata", config.metadata().tls()));
  LOCUS_ASSIGN_OR_RETURN(secured.to_workers, security.ForChannel("workers", config.warm_up().tls()));
  return secured;
}

}  // namespace locus::extender
