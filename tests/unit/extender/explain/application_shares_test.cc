#include "extender/explain/application_shares.h"

#include <catch2/catch.hpp>

using namespace locus;
using namespace locus::extender;

namespace {

bool Has(const Metrics& metrics, const std::string& line) {
  return ("\n" + metrics.Render()).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("an application's share is what its pods read locally of all they read", "[application_shares]") {
  Metrics metrics;
  ApplicationShares shares(metrics);
  shares.Placed("spark/a", {100, 30, 50});
  shares.Placed("spark/a", {100, 90, 100});
  shares.Placed("spark/b", {100, 0, 0});
  CHECK(Has(metrics, R"(locus_extender_application_local_ratio{application="spark/a"} 0.6)"));
  CHECK(Has(metrics, R"(locus_extender_application_local_ratio{application="spark/b"} 0)"));
  CHECK(Has(metrics, "locus_extender_predicted_local_bytes_total 120"));
  CHECK(Has(metrics, "locus_extender_placed_share_bytes_total 300"));
}

TEST_CASE("the application that placed nothing for longest gives way", "[application_shares]") {
  Metrics metrics;
  ApplicationShares shares(metrics);
  for (size_t i = 0; i < ApplicationShares::kMaxApplications; ++i) shares.Placed("app-" + std::to_string(i), {2, 1, 1});
  shares.Placed("app-0", {2, 1, 1});
  shares.Placed("new", {2, 1, 1});
  CHECK(Has(metrics, R"(locus_extender_application_local_ratio{application="app-0"} 0.5)"));
  CHECK(Has(metrics, R"(locus_extender_application_local_ratio{application="new"} 0.5)"));
  CHECK_FALSE(Has(metrics, R"(locus_extender_application_local_ratio{application="app-1"} 0.5)"));
}

TEST_CASE("a pod of no application and one that reads nothing count in no share", "[application_shares]") {
  Metrics metrics;
  ApplicationShares shares(metrics);
  shares.Placed("", {10, 5, 5});
  shares.Placed("spark/a", {0, 0, 0});
  CHECK(shares.Latest(10).empty());
  CHECK(metrics.Render().find("application_local_ratio") == std::string::npos);
}

TEST_CASE("people are told the latest applications, with what their pods would have read on the best nodes",
          "[application_shares]") {
  Metrics metrics;
  ApplicationShares shares(metrics);
  shares.Placed("spark/a", {100, 30, 50});
  shares.Placed("spark/b", {10, 0, 7});
  shares.Placed("spark/c", {1, 1, 1});
  shares.Placed("spark/a", {100, 90, 100});
  const auto latest = shares.Latest(2);
  REQUIRE(latest.size() == 2);
  CHECK(latest[0].application == "spark/a");
  CHECK(latest[0].pods == 2);
  CHECK(latest[0].share_bytes == 200);
  CHECK(latest[0].local_bytes == 120);
  CHECK(latest[0].best_bytes == 150);
  CHECK(latest[1].application == "spark/c");
}
