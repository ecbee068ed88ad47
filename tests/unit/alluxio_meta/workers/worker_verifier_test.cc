#include "alluxio_meta/workers/worker_verifier.h"

#include <catch2/catch.hpp>

#include "common/status.h"
#include "common/testing/fake_clock.h"

using namespace locus;
using namespace locus::meta;
using namespace std::chrono_literals;

namespace {

const std::string kToken = "head.payload.signature";

// Answers as it is told, and counts.
class FakeReviewer final : public kube::TokenReviewer {
 public:
  absl::StatusOr<kube::TokenSubject> Review(const std::string& token, const std::string& audience) override {
    ++calls;
    seen = token + " for " + audience;
    return answer;
  }
  void Stop() override { stopped = true; }

  absl::StatusOr<kube::TokenSubject> answer =
      kube::TokenSubject{true, "", "system:serviceaccount:locus:locus-worker", {"locus-meta"}, "node-1"};
  int calls = 0;
  bool stopped = false;
  std::string seen;
};

struct Scene {
  explicit Scene(bool certificate, bool token) {
    IdentityOptions options;
    options.certificate = certificate;
    options.token = token;
    auto owned = std::make_unique<FakeReviewer>();
    reviewer = owned.get();
    verifier = std::make_unique<WorkerVerifier>(options, std::move(owned), clock, metrics);
  }
  absl::Status Token(const std::string& node = "node-1") const { return verifier->Check({false, {}, kToken}, node); }
  bool Counts(const std::string& reason, int times) const {
    return metrics.Render().find("locus_meta_report_identity_refused_total{reason=\"" + reason + "\"} " +
                                 std::to_string(times) + "\n") != std::string::npos;
  }

  FakeClock clock;
  Metrics metrics;
  FakeReviewer* reviewer = nullptr;
  std::unique_ptr<WorkerVerifier> verifier;
};

bool Has(const absl::Status& status, absl::StatusCode code, const std::string& part) {
  INFO(MessageOf(status));
  CHECK(MessageOf(status).find(part) != std::string::npos);
  return status.code() == code;
}

}  // namespace

TEST_CASE("identity: without a rule every worker is believed", "[workers]") {
  const Scene scene(false, false);
  CHECK(scene.verifier->Check({}, "").ok());
}

TEST_CASE("identity: a certificate speaks for the node that it names, and for no other", "[workers]") {
  const Scene scene(true, false);
  const WorkerProof proof = {true, {"locus-worker", "node-1.node.locus"}, ""};
  CHECK(scene.verifier->Check(proof, "node-1").ok());
  CHECK(Has(scene.verifier->Check(proof, "node-2"), absl::StatusCode::kPermissionDenied,
            "on node 'node-2', and its certificate has no DNS name 'node-2.node.locus'"));
  // Neither a part of a name nor the name alone.
  CHECK(absl::IsPermissionDenied(scene.verifier->Check(proof, "ode-1")));
  CHECK(absl::IsPermissionDenied(scene.verifier->Check(proof, "locus-worker")));
  CHECK(Has(scene.verifier->Check(proof, ""), absl::StatusCode::kPermissionDenied, "set `node`"));
  // Names without a certificate that was verified.
  CHECK(Has(scene.verifier->Check({false, {"node-1.node.locus"}, ""}, "node-1"), absl::StatusCode::kUnauthenticated,
            "report.tls.cert_file"));
  // A token is of no use here.
  CHECK(absl::IsUnauthenticated(scene.Token()));
  CHECK(scene.reviewer->calls == 0);
  CHECK(scene.Counts("other_node", 4));
  CHECK(scene.Counts("unproven", 2));
}

TEST_CASE("identity: a pod's token speaks for the node that the API server names", "[workers]") {
  const Scene scene(false, true);
  CHECK(scene.Token().ok());
  CHECK(scene.reviewer->seen == kToken + " for locus-meta");
  CHECK(Has(scene.Token("node-2"), absl::StatusCode::kPermissionDenied, "its token is of a pod on node 'node-1'"));
  CHECK(Has(scene.verifier->Check({true, {"node-1.node.locus"}, ""}, "node-1"), absl::StatusCode::kUnauthenticated,
            "report.tls.token_file"));
}

TEST_CASE("identity: a good token is believed for a minute, a bad one is asked about each time", "[workers]") {
  Scene scene(false, true);
  for (int i = 0; i < 3; ++i) CHECK(scene.Token().ok());
  CHECK(scene.reviewer->calls == 1);
  scene.clock.Advance(61s);
  scene.reviewer->answer = kube::TokenSubject{false, "token has expired", "", {}, ""};
  CHECK(Has(scene.Token(), absl::StatusCode::kUnauthenticated, "does not take this worker's token: token has expired"));
  CHECK(absl::IsUnauthenticated(scene.Token()));
  CHECK(scene.reviewer->calls == 3);
}

TEST_CASE("identity: tokens of another audience, of others, or of no pod are refused with what to do", "[workers]") {
  const Scene scene(false, true);
  kube::TokenSubject subject = *scene.reviewer->answer;
  subject.audiences = {"https://kubernetes.default.svc"};
  scene.reviewer->answer = subject;
  CHECK(Has(scene.Token(), absl::StatusCode::kUnauthenticated, "not for the audience 'locus-meta'"));
  // A server that knows no audiences names none.
  subject.audiences = {};
  scene.reviewer->answer = subject;
  CHECK(absl::IsUnauthenticated(scene.Token()));
  subject.audiences = {"locus-meta"};
  subject.user = "system:serviceaccount:locus:locus-worker-2";
  scene.reviewer->answer = subject;
  CHECK(Has(scene.Token(), absl::StatusCode::kPermissionDenied, "workers.identity.service_account"));
  subject.user = "system:serviceaccount:locus:locus-worker";
  subject.node = "";
  scene.reviewer->answer = subject;
  CHECK(Has(scene.Token(), absl::StatusCode::kPermissionDenied, "Kubernetes 1.30 or later"));
}

TEST_CASE("identity: an API server that is away refuses nobody for good, and texts hold no token", "[workers]") {
  const Scene scene(false, true);
  scene.reviewer->answer = Unavailable("connection refused");
  const absl::Status away = scene.Token();
  CHECK(Has(away, absl::StatusCode::kUnavailable, "connection refused"));
  CHECK(MessageOf(away).find(kToken) == std::string::npos);
  CHECK(scene.Counts("not_asked", 1));
  scene.reviewer->answer =
      kube::TokenSubject{true, "", "system:serviceaccount:locus:locus-worker", {"locus-meta"}, "node-1"};
  CHECK(scene.Token().ok());
}

TEST_CASE("identity: what is no token at all is not put to the API server", "[workers]") {
  const Scene scene(false, true);
  for (const char* text : {"x", "0123456789abcdef0123", "a.b.c.d.e.f.g.h.i.j"}) {
    CHECK(absl::IsUnauthenticated(scene.verifier->Check({false, {}, text}, "node-1")));
  }
  CHECK(scene.reviewer->calls == 0);
}

TEST_CASE("identity: with either, a token that is shown decides", "[workers]") {
  const Scene scene(true, true);
  CHECK(scene.verifier->Check({true, {"node-1.node.locus"}, ""}, "node-1").ok());
  CHECK(scene.verifier->Check({true, {}, kToken}, "node-1").ok());
  CHECK(absl::IsPermissionDenied(scene.verifier->Check({true, {"node-2.node.locus"}, kToken}, "node-2")));
  CHECK(Has(scene.verifier->Check({}, "node-1"), absl::StatusCode::kUnauthenticated,
            "a service account token or a client certificate"));
  scene.verifier->Stop();
  CHECK(scene.reviewer->stopped);
}
