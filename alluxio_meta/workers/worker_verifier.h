// Whether a worker is on the node that it says: its certificate, or the token of its pod.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "kube/token_reviewer.h"

namespace locus::meta {

struct IdentityOptions {
  // What counts as proof; neither: workers are believed.
  bool certificate = false;
  bool token = false;
  // A certificate of node n has the DNS name n + dns_suffix.
  std::string dns_suffix = ".node.locus";
  // <namespace>/<name> of the workers' service account, and the audience of their tokens.
  std::string service_account = "locus/locus-worker";
  std::string audience = "locus-meta";
};

// What a worker has shown; the handshake has seen to it that a certificate is of a known authority.
struct WorkerProof {
  bool certified = false;
  std::vector<std::string> dns_names;
  // Bearer token; empty: none.
  std::string token;
};

// Thread-safe. A token is put to the API server: one at a time, with at most 1,024 callers waiting, and what it says
// of a good one is believed for a minute. Refusals are counted in locus_meta_report_identity_refused_total{reason}.
class WorkerVerifier {
 public:
  // `reviewer` may be null without options.token. `clock` and `metrics` must outlive it.
  WorkerVerifier(IdentityOptions options, std::unique_ptr<kube::TokenReviewer> reviewer, const Clock& clock,
                 Metrics& metrics);

  bool asks() const { return options_.certificate || options_.token; }

  // Blocks while the API server is asked. UNAUTHENTICATED (nothing was shown, or a token that is no good),
  // PERMISSION_DENIED (it is of another node, or of somebody else), UNAVAILABLE (the API server cannot be asked),
  // RESOURCE_EXHAUSTED (too many ask); the text says what to do.
  absl::Status Check(const WorkerProof& proof, const std::string& node);

  // Ends the question under way. Idempotent.
  void Stop();

 private:
  struct Known {
    std::string node;
    SteadyTime until;
  };

  absl::Status CheckCertificate(const WorkerProof& proof, const std::string& node) const;
  absl::Status CheckToken(const std::string& token, const std::string& node);
  absl::StatusOr<std::string> NodeOf(const std::string& token);
  // The node, of a token that is the workers'.
  absl::StatusOr<std::string> Judge(const kube::TokenSubject& subject) const;

  const IdentityOptions options_;
  const std::unique_ptr<kube::TokenReviewer> reviewer_;
  const Clock& clock_;
  const Counter unproven_;
  const Counter other_node_;
  const Counter not_asked_;
  // Held while the API server is asked.
  Mutex asking_;
  Mutex mutex_;
  size_t waiting_ GUARDED_BY(mutex_) = 0;
  std::map<Digest, Known> known_ GUARDED_BY(mutex_);
};

}  // namespace locus::meta
