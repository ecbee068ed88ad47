#include "extender/cluster_side.h"

#include <catch2/catch.hpp>

#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "extender/config.h"
#include "tests/unit/extender/fake_locality.h"

using namespace locus;
using namespace locus::extender;

namespace {

struct Fixture {
  FakeLocality locality;
  DecisionRing ring{16};
  FakeClock clock;
  Metrics metrics;

  absl::StatusOr<std::unique_ptr<ClusterSide>> Make(const config::v1::Extender& config) {
    return ClusterSide::Create(config, {}, locality, ring, clock, metrics);
  }
};

}  // namespace

TEST_CASE("without an API server all parts are there and know nothing", "[cluster_side]") {
  Fixture f;
  const auto side = f.Make(DefaultConfig());
  REQUIRE(side.ok());
  (*side)->Start();
  CHECK_FALSE((*side)->cluster().Synced());
  CHECK((*side)->refusals().MayRefuse({}) == Refusal::kNobodyWakes);
  CHECK((*side)->Condition() == "not asked");
  (*side)->Stop();
}

TEST_CASE("what cannot be used of the API server's configuration is told with its field", "[cluster_side]") {
  Fixture f;
  config::v1::Extender config = DefaultConfig();
  config.mutable_kubernetes()->set_in_cluster(true);
  CHECK(MessageOf(f.Make(config).status()).find("kubernetes.in_cluster: KUBERNETES_SERVICE_HOST is not set") == 0);
  config::v1::Extender warming = DefaultConfig();
  warming.mutable_warm_up()->set_enabled(true);
  CHECK(MessageOf(f.Make(warming).status()).find("warm_up.enabled: ") == 0);
  config.mutable_kubernetes()->set_kubeconfig("/somewhere");
  CHECK(MessageOf(f.Make(config).status()).find("kubernetes: in_cluster and kubeconfig are both set") == 0);
}
