#include "kube/reflector_rule.h"

#include <catch2/catch.hpp>

#include "common/status.h"
#include "kube/retry_after.h"

using namespace locus;
using namespace locus::kube;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

using Step = ReflectorRule::Step;

ReflectorRule Rule() { return {milliseconds(500), seconds(30), 7}; }

const absl::Status kAway = absl::UnavailableError("away");
const absl::Status kExpired = absl::OutOfRangeError("410");

// As common/backoff.h promises: between half of it and all of it.
bool About(Duration pause, Duration full) { return pause >= full / 2 && pause <= full; }

}  // namespace

TEST_CASE("a watch follows a list, and a watch that ended in order", "[kube]") {
  ReflectorRule rule = Rule();
  for (const Step& step : {rule.Listed(absl::OkStatus()), rule.Watched(absl::OkStatus(), {true, true, seconds(0)}),
                           rule.Watched(absl::OkStatus(), {true, false, minutes(5)})}) {
    CHECK_FALSE(step.list);
    CHECK(step.pause == Duration(0));
  }
}

TEST_CASE("a list that fails is tried again after pauses that grow", "[kube]") {
  ReflectorRule rule = Rule();
  for (const Duration full : {milliseconds(500), milliseconds(1000), milliseconds(2000)}) {
    const Step step = rule.Listed(kAway);
    CHECK(step.list);
    CHECK(About(step.pause, full));
  }
  for (int i = 0; i < 20; ++i) CHECK(rule.Listed(kAway).pause <= seconds(30));
}

TEST_CASE("a watch that breaks off goes on from its version after a pause", "[kube]") {
  for (const absl::Status& status :
       {kAway, absl::DeadlineExceededError("silent"), absl::UnauthenticatedError("401"),
        absl::PermissionDeniedError("403"), absl::FailedPreconditionError("no token"), NotFound("404")}) {
    ReflectorRule rule = Rule();
    CHECK_FALSE(rule.Watched(status, {false, false, seconds(0)}).list);
    const Step step = rule.Watched(status, {false, false, minutes(2)});
    CHECK_FALSE(step.list);
    CHECK(About(step.pause, milliseconds(1000)));
    // News: the pauses begin anew.
    CHECK(About(rule.Watched(status, {true, true, seconds(0)}).pause, milliseconds(500)));
  }
}

TEST_CASE("an expired version lists at once, and with a pause when it happens again without news", "[kube]") {
  ReflectorRule rule = Rule();
  const Step first = rule.Watched(kExpired, {true, false, seconds(0)});
  CHECK(first.list);
  CHECK(first.pause == Duration(0));
  // That list is no news: its version may be too old again.
  rule.Listed(absl::OkStatus());
  for (const Duration full : {milliseconds(500), milliseconds(1000)}) {
    const Step again = rule.Watched(kExpired, {true, false, seconds(0)});
    CHECK(again.list);
    CHECK(About(again.pause, full));
  }
  rule.Watched(absl::OkStatus(), {true, true, seconds(1)});
  CHECK(rule.Watched(kExpired, {true, false, seconds(0)}).pause == Duration(0));
  // It brought news, and then expired.
  CHECK(rule.Watched(kExpired, {true, true, seconds(0)}).pause == Duration(0));
}

TEST_CASE("pages that expire are listed again at once, and then with a pause", "[kube]") {
  ReflectorRule rule = Rule();
  CHECK(rule.Listed(kExpired).list);
  const Step again = rule.Listed(kExpired);
  CHECK(again.list);
  CHECK(About(again.pause, milliseconds(500)));
}

TEST_CASE("words that cannot be read lead to a list after a pause", "[kube]") {
  for (const absl::Status& status : {InvalidArgument("no JSON"), Exhausted("a line of 20 MiB")}) {
    ReflectorRule rule = Rule();
    const Step step = rule.Watched(status, {true, false, seconds(0)});
    CHECK(step.list);
    CHECK(About(step.pause, milliseconds(500)));
  }
}

TEST_CASE("a server that ends every stream at once is not asked in a circle", "[kube]") {
  ReflectorRule rule = Rule();
  for (const Duration full : {milliseconds(500), milliseconds(1000), milliseconds(2000)}) {
    const Step step = rule.Watched(absl::OkStatus(), {true, false, milliseconds(999)});
    CHECK_FALSE(step.list);
    CHECK(About(step.pause, full));
  }
}

TEST_CASE("two silent streams in a row list, and a way that is dead does not", "[kube]") {
  const absl::Status late = absl::DeadlineExceededError("silent");
  ReflectorRule rule = Rule();
  CHECK_FALSE(rule.Watched(late, {true, false, seconds(90)}).list);
  CHECK(rule.Watched(late, {true, false, seconds(90)}).list);
  // That list is a new start.
  CHECK_FALSE(rule.Watched(late, {true, false, seconds(90)}).list);
  CHECK_FALSE(rule.Watched(late, {true, true, seconds(300)}).list);
  CHECK_FALSE(rule.Watched(late, {true, false, seconds(90)}).list);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(rule.Watched(late, {false, false, seconds(10)}).list);
}

TEST_CASE("no pause is shorter than what the server asked for", "[kube]") {
  ReflectorRule rule = Rule();
  absl::Status busy = absl::UnavailableError("429");
  SetRetryAfter(&busy, seconds(17));
  CHECK(rule.Listed(busy).pause == seconds(17));
  CHECK(rule.Watched(busy, {true, false, seconds(0)}).pause == seconds(17));
  SetRetryAfter(&busy, milliseconds(1));
  CHECK(rule.Listed(busy).pause > milliseconds(1));
}
