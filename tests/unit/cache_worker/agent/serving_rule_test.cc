#include "cache_worker/agent/serving_rule.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace locus::worker;

TEST_CASE("acceptance and refusal count at once", "[agent]") {
  ServingRule rule;
  CHECK(rule.Next(ProbeResult::kAccepted) == true);
  CHECK(rule.Next(ProbeResult::kRefused) == false);
  CHECK(rule.Next(ProbeResult::kAccepted) == true);
}

TEST_CASE("one silence changes nothing, a second one in a row does", "[agent]") {
  ServingRule rule;
  rule.Next(ProbeResult::kAccepted);
  CHECK(rule.Next(ProbeResult::kSilent) == true);
  CHECK(rule.Next(ProbeResult::kAccepted) == true);
  CHECK(rule.Next(ProbeResult::kSilent) == true);
  CHECK(rule.Next(ProbeResult::kSilent) == false);
  CHECK(rule.Next(ProbeResult::kSilent) == false);
  CHECK(rule.Next(ProbeResult::kAccepted) == true);
}

TEST_CASE("before anything was heard it is not known", "[agent]") {
  ServingRule rule;
  CHECK_FALSE(rule.Next(ProbeResult::kSilent));
  CHECK(rule.Next(ProbeResult::kSilent) == false);
}

TEST_CASE("what could not be tried is not known", "[agent]") {
  ServingRule rule;
  rule.Next(ProbeResult::kAccepted);
  CHECK_FALSE(rule.Next(ProbeResult::kUntried));
  CHECK_FALSE(rule.Next(ProbeResult::kSilent));
  CHECK(rule.Next(ProbeResult::kRefused) == false);
}
