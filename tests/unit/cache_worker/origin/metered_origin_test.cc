#include "cache_worker/origin/metered_origin.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/cache_worker/support/fake_origin.h"

using namespace locus;
using namespace locus::worker;
using namespace std::chrono_literals;

namespace {

struct Metered {
  Metered() {
    auto inner = std::make_unique<FakeOrigin>();
    fake = inner.get();
    fake->Put("/f", "12345");
    origin = std::make_unique<MeteredOrigin>(std::move(inner), "test", stats, clock,
                                             [this](Duration d) { times.push_back(d); });
  }
  uint64_t Calls(OriginOutcome outcome) const { return stats.calls[static_cast<size_t>(outcome)]; }

  FakeClock clock;
  OriginStats stats;
  std::vector<Duration> times;
  FakeOrigin* fake = nullptr;
  std::unique_ptr<MeteredOrigin> origin;
};

}  // namespace

TEST_CASE("calls are counted by what came of them", "[origin]") {
  Metered m;
  char to[5];
  const Content content = ContentOf(m.origin->Stat("/f").value());
  m.fake->BeforeRead([&] { m.clock.Advance(20ms); });
  CHECK(m.origin->Read(content, 0, 5, to).ok());
  CHECK(m.Calls(OriginOutcome::kOk) == 2);
  CHECK(m.stats.bytes == 5);
  CHECK(m.times == std::vector<Duration>{20ms});
  CHECK(absl::IsNotFound(m.origin->Stat("/none").status()));
  CHECK(absl::IsNotFound(m.origin->List("/none", [](const OriginFile&) { return true; })));
  CHECK(m.Calls(OriginOutcome::kAbsent) == 2);
  CHECK(absl::IsInvalidArgument(m.origin->Stat("bad").status()));
  CHECK(m.Calls(OriginOutcome::kInvalid) == 1);
  m.fake->Put("/f", "other");
  CHECK(absl::IsAborted(m.origin->Read(content, 0, 5, to)));
  CHECK(m.Calls(OriginOutcome::kChanged) == 1);
  m.fake->Fail(Unavailable("away"));
  CHECK(absl::IsUnavailable(m.origin->Children(
      "/", [](const OriginFile&) { return true; }, [](const std::string&) { return true; })));
  CHECK(m.Calls(OriginOutcome::kUnavailable) == 1);
  // Neither a failed read's bytes nor its time count.
  CHECK(m.stats.bytes == 5);
  CHECK(m.times.size() == 1);
}

TEST_CASE("every outcome has a name of its own", "[origin]") {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kOriginOutcomes; ++i) names.insert(OutcomeName(static_cast<OriginOutcome>(i)));
  CHECK(names.size() == kOriginOutcomes);
  CHECK(names.count("") == 0);
}

TEST_CASE("a code that no origin returns counts as out of reach", "[origin]") {
  CHECK(OutcomeOf(Internal("x")) == OriginOutcome::kUnavailable);
  CHECK(OutcomeOf(absl::CancelledError("x")) == OriginOutcome::kEnded);
  CHECK(OutcomeOf(absl::UnimplementedError("x")) == OriginOutcome::kInvalid);
}
