#include "extender/decision/score.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <cmath>

using namespace locus::extender;

namespace {

// Round figures, so that expectations can be worked out by hand.
ScoringParameters RoundParameters() {
  ScoringParameters p;
  p.tier_bandwidth = {1000, 500, 250};
  p.network_bandwidth = 100;
  p.min_headroom = 0.1;
  return p;
}

struct Row {
  const char* what;
  TierBytes local;
  uint64_t share;
  double load;
  TierBytes taken;
  double seconds;
  double saved;
  double headroom;
  double value;
};

// bytes/1000 + bytes/500 + bytes/250 + rest/100; saved = share/100 - seconds; headroom = 1 - load, at least 0.1.
const Row kRows[] = {
    {"nothing local", {0, 0, 0}, 1000, 0, {0, 0, 0}, 10, 0, 1, 0},
    {"all in memory", {1000, 0, 0}, 1000, 0, {1000, 0, 0}, 1, 9, 1, 9},
    {"all on SSD", {0, 1000, 0}, 1000, 0, {0, 1000, 0}, 2, 8, 1, 8},
    {"all on disk", {0, 0, 1000}, 1000, 0, {0, 0, 1000}, 4, 6, 1, 6},
    {"some of each", {400, 300, 100}, 1000, 0.25, {400, 300, 100}, 3.4, 6.6, 0.75, 4.95},
    {"more than the share: the fastest is taken", {600, 600, 600}, 1000, 0, {600, 400, 0}, 1.4, 8.6, 1, 8.6},
    {"a busy node", {1000, 0, 0}, 1000, 0.5, {1000, 0, 0}, 1, 9, 0.5, 4.5},
    {"a saturated node still counts", {1000, 0, 0}, 1000, 1, {1000, 0, 0}, 1, 9, 0.1, 0.9},
    {"a load beyond 1 is 1", {1000, 0, 0}, 1000, 7, {1000, 0, 0}, 1, 9, 0.1, 0.9},
    {"a load below 0 is 0", {1000, 0, 0}, 1000, -3, {1000, 0, 0}, 1, 9, 1, 9},
    {"an empty share", {1000, 0, 0}, 0, 0, {0, 0, 0}, 0, 0, 1, 0},
};

TierBytes AnyBytes() {
  return {*rc::gen::inRange<uint64_t>(0, 1ULL << 50), *rc::gen::inRange<uint64_t>(0, 1ULL << 50),
          *rc::gen::inRange<uint64_t>(0, 1ULL << 50)};
}

// Any order of speeds, also a tier slower than the network.
ScoringParameters AnyParameters() {
  ScoringParameters p;
  for (double& b : p.tier_bandwidth) b = static_cast<double>(*rc::gen::inRange<int64_t>(1'000'000, 1'000'000'000'000));
  std::sort(p.tier_bandwidth.rbegin(), p.tier_bandwidth.rend());
  p.network_bandwidth = static_cast<double>(*rc::gen::inRange<int64_t>(1'000'000, 1'000'000'000'000));
  return p;
}

// Sums of doubles of up to 10^10 seconds differ in the last digits.
bool NotLess(double a, double b) { return a >= b - std::abs(b) * 1e-12; }

}  // namespace

TEST_CASE("the terms of a node are as worked out by hand", "[score]") {
  for (const Row& row : kRows) {
    INFO(row.what);
    const NodeScore score = ScoreNode(row.local, row.share, row.load, {}, RoundParameters());
    CHECK(score.taken == row.taken);
    CHECK(score.seconds == Approx(row.seconds));
    CHECK(score.saved_seconds == Approx(row.saved).margin(1e-12));
    CHECK(score.headroom == Approx(row.headroom));
    CHECK(score.value == Approx(row.value).margin(1e-12));
  }
}

TEST_CASE("a tier slower than the network saves nothing and costs nothing", "[score]") {
  ScoringParameters p = RoundParameters();
  p.tier_bandwidth[2] = 50;
  const NodeScore mixed = ScoreNode({500, 0, 500}, 1000, 0, {}, p);
  CHECK(mixed.saved_seconds == Approx(4.5));
  CHECK(ScoreNode({500, 0, 0}, 1000, 0, {}, p).saved_seconds == Approx(4.5));
}

TEST_CASE("scores are tenths of the best, rounded", "[score]") {
  CHECK(ScaleScore(9, 9) == 10);
  CHECK(ScaleScore(4.5, 9) == 5);
  CHECK(ScaleScore(4.0, 9) == 4);   // 4.44
  CHECK(ScaleScore(0.45, 9) == 1);  // 0.5 rounds up
  CHECK(ScaleScore(0.44, 9) == 0);
  CHECK(ScaleScore(0, 9) == 0);
  CHECK(ScaleScore(0, 0) == 0);
  CHECK(ScaleScore(1e-300, 1e-300) == 10);
}

TEST_CASE("the median of loads is the middle, or the mean of the two in the middle", "[score]") {
  std::vector<double> none;
  CHECK_FALSE(MedianLoad(none));
  std::vector<double> one{0.3};
  CHECK(MedianLoad(one) == 0.3);
  std::vector<double> odd{0.9, 0.1, 0.4};
  CHECK(MedianLoad(odd) == 0.4);
  std::vector<double> even{0.8, 0.1, 0.4, 0.2};
  CHECK(*MedianLoad(even) == Approx(0.3));
}

TEST_CASE("properties of a node's value", "[score]") {
  rc::prop("more local bytes never lower it, in whatever tier", [] {
    const ScoringParameters p = AnyParameters();
    const TierBytes local = AnyBytes();
    const uint64_t share = *rc::gen::inRange<uint64_t>(0, 1ULL << 52);
    TierBytes more = local;
    more[*rc::gen::inRange<size_t>(0, kTiers)] += *rc::gen::inRange<uint64_t>(0, 1ULL << 50);
    RC_ASSERT(NotLess(ScoreNode(more, share, 0.2, {}, p).value, ScoreNode(local, share, 0.2, {}, p).value));
  });
  rc::prop("the same bytes in a faster tier never lower it", [] {
    const ScoringParameters p = AnyParameters();
    TierBytes local = AnyBytes();
    const uint64_t share = *rc::gen::inRange<uint64_t>(0, 1ULL << 52);
    const double before = ScoreNode(local, share, 0.2, {}, p).value;
    const size_t from = *rc::gen::inRange<size_t>(1, kTiers);
    const uint64_t moved = local[from] / 2;
    local[from] -= moved;
    local[from - 1] += moved;
    RC_ASSERT(NotLess(ScoreNode(local, share, 0.2, {}, p).value, before));
  });
  rc::prop("a busier node is never worth more", [] {
    const TierBytes local = AnyBytes();
    const double a = *rc::gen::inRange(0, 101) / 100.0;
    const double b = *rc::gen::inRange(0, 101) / 100.0;
    const ScoringParameters p = AnyParameters();
    RC_ASSERT(ScoreNode(local, 1ULL << 40, std::max(a, b), {}, p).value <=
              ScoreNode(local, 1ULL << 40, std::min(a, b), {}, p).value);
  });
  rc::prop("saved and needed seconds add up to reading all from elsewhere", [] {
    const ScoringParameters p = AnyParameters();
    const uint64_t share = *rc::gen::inRange<uint64_t>(0, 1ULL << 52);
    const NodeScore score = ScoreNode(AnyBytes(), share, 0, {}, p);
    const double remote = static_cast<double>(share) / p.network_bandwidth;
    RC_ASSERT(std::abs(score.seconds + score.saved_seconds - remote) <= remote * 1e-9 + 1e-12);
    RC_ASSERT(score.saved_seconds >= 0);
  });
  rc::prop("any numbers give finite terms", [] {
    const TierBytes local{*rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<uint64_t>(),
                          *rc::gen::arbitrary<uint64_t>()};
    const NodeScore score = ScoreNode(local, *rc::gen::arbitrary<uint64_t>(), 0.5, {}, AnyParameters());
    RC_ASSERT(std::isfinite(score.seconds) && std::isfinite(score.value) && score.value >= 0);
  });
}
