#include "alluxio_meta/workers/worker_verifier.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/status.h"

namespace locus::meta {
namespace {

constexpr Duration kBelieved = std::chrono::minutes(1);
constexpr size_t kMaxKnown = 16'384;
constexpr size_t kMaxWaiting = 1'024;
// Three parts, of which each has some characters.
constexpr size_t kShortestToken = 16;

constexpr const char* kRefused = "locus_meta_report_identity_refused_total";
constexpr const char* kRefusedHelp =
    "Report streams refused: nothing that proves a node (unproven), proof of another one (other_node), the API server "
    "could not be asked (not_asked).";

std::string UserOf(const std::string& service_account) {
  std::string user = "system:serviceaccount:" + service_account;
  std::replace(user.begin(), user.end(), '/', ':');
  return user;
}

// The token itself never gets into a text.
absl::Status Unauthenticated(const std::string& text) { return absl::UnauthenticatedError(ToAbsl(text)); }
absl::Status Denied(const std::string& text) { return absl::PermissionDeniedError(ToAbsl(text)); }

}  // namespace

WorkerVerifier::WorkerVerifier(IdentityOptions options, std::unique_ptr<kube::TokenReviewer> reviewer,
                               const Clock& clock, Metrics& metrics)
    : options_(std::move(options)),
      reviewer_(std::move(reviewer)),
      clock_(clock),
      unproven_(metrics.GetCounter(kRefused, kRefusedHelp, {{"reason", "unproven"}})),
      other_node_(metrics.GetCounter(kRefused, kRefusedHelp, {{"reason", "other_node"}})),
      not_asked_(metrics.GetCounter(kRefused, kRefusedHelp, {{"reason", "not_asked"}})) {}

absl::Status WorkerVerifier::Check(const WorkerProof& proof, const std::string& node) {
  if (!asks()) return absl::OkStatus();
  absl::Status status;
  if (node.empty()) {
    status = Denied("this worker names no node: set `node` (spec.nodeName of the downward API)");
  } else if (options_.token && !proof.token.empty()) {
    status = CheckToken(proof.token, node);
  } else if (options_.certificate && proof.certified) {
    status = CheckCertificate(proof, node);
  } else {
    const char* const what = !options_.token         ? "a client certificate (report.tls.cert_file)"
                             : !options_.certificate ? "a service account token (report.tls.token_file)"
                                                     : "a service account token or a client certificate (report.tls)";
    status = Unauthenticated("a worker must prove which node it is on: show " + std::string(what));
  }
  if (status.code() == absl::StatusCode::kPermissionDenied) {
    other_node_.Increment();
  } else if (status.code() == absl::StatusCode::kUnauthenticated) {
    unproven_.Increment();
  } else if (!status.ok()) {
    not_asked_.Increment();
  }
  return status;
}

absl::Status WorkerVerifier::CheckCertificate(const WorkerProof& proof, const std::string& node) const {
  const std::string wanted = node + options_.dns_suffix;
  if (std::find(proof.dns_names.begin(), proof.dns_names.end(), wanted) != proof.dns_names.end()) {
    return absl::OkStatus();
  }
  return Denied("this worker says that it is on node '" + node + "', and its certificate has no DNS name '" + wanted +
                "': a worker reports for its own node alone");
}

absl::Status WorkerVerifier::CheckToken(const std::string& token, const std::string& node) {
  LOCUS_ASSIGN_OR_RETURN(const std::string proven, NodeOf(token));
  if (proven == node) return absl::OkStatus();
  return Denied("this worker says that it is on node '" + node + "', and its token is of a pod on node '" + proven +
                "': a worker reports for its own node alone");
}

absl::StatusOr<std::string> WorkerVerifier::NodeOf(const std::string& token) {
  if (token.size() < kShortestToken || std::count(token.begin(), token.end(), '.') != 2) {
    return Unauthenticated("what this worker shows is no service account token");
  }
  const Digest digest = Sha256(token);
  const auto lookup = [this, &digest]() -> std::optional<std::string> {
    const auto found = known_.find(digest);
    if (found == known_.end() || found->second.until <= clock_.Now()) return std::nullopt;
    return found->second.node;
  };
  {
    MutexLock lock(mutex_);
    if (auto node = lookup()) return *node;
    if (waiting_ >= kMaxWaiting) return Exhausted("too many workers are to be looked up at once: try again");
    ++waiting_;
  }
  absl::StatusOr<std::string> node;
  {
    MutexLock asking(asking_);
    const absl::StatusOr<kube::TokenSubject> subject = reviewer_->Review(token, options_.audience);
    node =
        subject.ok()
            ? Judge(*subject)
            : Unavailable("the API server cannot be asked about this worker's token: " + MessageOf(subject.status()));
  }
  MutexLock lock(mutex_);
  --waiting_;
  if (!node.ok()) return node;
  if (known_.size() >= kMaxKnown) known_.clear();
  known_[digest] = {*node, clock_.Now() + kBelieved};
  return node;
}

absl::StatusOr<std::string> WorkerVerifier::Judge(const kube::TokenSubject& subject) const {
  if (!subject.authenticated) {
    return Unauthenticated("the API server does not take this worker's token" +
                           (subject.problem.empty() ? "" : ": " + subject.problem));
  }
  if (std::find(subject.audiences.begin(), subject.audiences.end(), options_.audience) == subject.audiences.end()) {
    return Unauthenticated("this worker's token is not for the audience '" + options_.audience +
                           "': project one that is");
  }
  if (subject.user != UserOf(options_.service_account)) {
    return Denied("this worker's token is of '" + subject.user + "', and workers run as '" +
                  UserOf(options_.service_account) + "' (workers.identity.service_account)");
  }
  if (subject.node.empty()) {
    return Denied(
        "the API server does not tell which node this worker's token is of: it needs a token that is "
        "projected into a pod, and Kubernetes 1.30 or later");
  }
  return subject.node;
}

void WorkerVerifier::Stop() {
  if (reviewer_ != nullptr) reviewer_->Stop();
}

}  // namespace locus::meta
