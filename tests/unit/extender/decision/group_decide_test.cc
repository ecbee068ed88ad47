// Decisions about members of a group, in zones, and on nodes whose load is known from the API server.
#include <rapidcheck/catch.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "extender/decision/decide.h"
#include "tests/unit/extender/pictures.h"
#include "tests/unit/extender/questions.h"

using namespace locus::extender;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;
using Names = std::vector<std::string_view>;
using Scores = std::map<std::string, int>;

Scores ScoresOf(const Verdict& verdict, const Names& offered) {
  Scores scores;
  for (const NodeTerms& node : verdict.nodes) {
    if (node.score > 0) scores[std::string(node.node)] = node.score;
  }
  for (const auto& [index, score] : verdict.near) scores[std::string(offered[index])] = score;
  return scores;
}

Surroundings Group(size_t size, std::vector<Siblings> siblings) {
  Surroundings around;
  around.synced = true;
  around.group_size = size;
  around.siblings = std::move(siblings);
  return around;
}

}  // namespace

TEST_CASE("a node whose bytes members already read counts with what they leave", "[decide][group]") {
  // Four members read 2 GiB each: a's 4 GiB are enough for two.
  const LocalityAnswer answer = Answer({Known("/x", 8 * kGiB, {{"a", 4 * kGiB}, {"b", 4 * kGiB}})});
  const Names offered = {"a", "b", "c"};
  const auto scores = [&](std::vector<Siblings> siblings) {
    const Surroundings around = Group(4, std::move(siblings));
    return ScoresOf(DecideFor(answer, offered, {}, std::nullopt, &around), offered);
  };
  CHECK(scores({{"far", 3}}) == Scores{{"a", 10}, {"b", 10}});
  CHECK(scores({{"a", 1}, {"far", 2}}) == Scores{{"a", 10}, {"b", 10}});
  CHECK(scores({{"a", 2}}) == Scores{{"b", 10}});
  CHECK(scores({{"b", 2}, {"a", 1}}) == Scores{{"a", 10}});
}

TEST_CASE("for a member of a group exactly one node is the best, also when all others have their places",
          "[decide][group]") {
  const LocalityAnswer answer = Answer({Known("/x", 8 * kGiB, {{"a", 4 * kGiB}, {"b", 4 * kGiB}})});
  const Names offered = {"a", "b", "c"};
  // As many as are known: one that comes next may be decided before the API server has told of this one.
  const Surroundings around = Group(2, {{"far", 1}});
  const Holdings holdings = Gather(answer, std::chrono::seconds(10));
  std::map<std::string_view, int> won;
  for (uint64_t salt = 0; salt < 10; ++salt) {
    Question question;
    question.holdings = &holdings;
    question.loads = answer.loads.get();
    question.offered = &offered;
    question.around = &around;
    question.share_bytes = 2 * kGiB;
    question.in_group = true;
    question.salt = salt;
    const Verdict verdict = Decide(question, {});
    CHECK(verdict.nodes[0].score + verdict.nodes[1].score == 19);
    // Whoever comes next knows where this one goes, whatever it guesses with.
    CHECK(LikelyChoice(verdict, 0) == LikelyChoice(verdict, 1));
    ++won[offered[*LikelyChoice(verdict, 0)]];
  }
  // Of several pods each has its own.
  CHECK(won == std::map<std::string_view, int>{{"a", 5}, {"b", 5}});
}

TEST_CASE("a member that is gone gives its share back", "[decide][group]") {
  const LocalityAnswer answer = Answer({Known("/x", 4 * kGiB, {{"a", 2 * kGiB}, {"b", 2 * kGiB}})});
  const Names offered = {"a", "b", "c"};
  const Surroundings before = Group(3, {{"a", 1}, {"b", 1}});
  const Surroundings after = Group(2, {{"b", 1}});
  const Verdict full = DecideFor(answer, offered, {}, 2 * kGiB, &before);
  CHECK(full.outcome == Outcome::kAbstained);
  CHECK(ScoresOf(DecideFor(answer, offered, {}, 2 * kGiB, &after), offered) == Scores{{"a", 10}});
}

TEST_CASE("siblings on nodes without data change nothing but the share", "[decide][group]") {
  const LocalityAnswer answer = Answer({Known("/x", 4 * kGiB, {{"a", 4 * kGiB}, {"b", kGiB}})});
  const Names offered = {"a", "b", "c"};
  const Surroundings around = Group(4, {{"far", 3}});
  const Verdict verdict = DecideFor(answer, offered, {}, std::nullopt, &around);
  CHECK(verdict.share_bytes == kGiB);
  CHECK(verdict.group_size == 4);
  CHECK(ScoresOf(verdict, offered) == Scores{{"a", 10}, {"b", 10}});
}

TEST_CASE("requested CPU and what has just been placed make a node busier than it reports", "[decide][group]") {
  const LocalityAnswer answer = Answer({Known("/x", 4 * kGiB, {{"a", 4 * kGiB}, {"b", 4 * kGiB}, {"c", 4 * kGiB}})},
                                       {{"a", 0.1}, {"b", 0.1}, {"c", 0.1}});
  Surroundings around = Group(1, {});
  // a: nothing requested; b: 0.1 reported + 0.3 that does not show yet; c: half of the requested 1.0.
  ScoringParameters parameters;
  parameters.requested_weight = 0.5;
  around.nodes = {NodeFacts{0, 0, {}}, NodeFacts{0.3, 0.3, {}}, NodeFacts{1.0, 0, {}}};
  const Verdict verdict = DecideFor(answer, {"a", "b", "c", "d"}, parameters, std::nullopt, &around);
  CHECK(verdict.nodes[0].terms.headroom == Approx(0.9));
  CHECK(verdict.nodes[1].terms.headroom == Approx(0.6));
  CHECK(verdict.nodes[2].terms.headroom == Approx(0.5));
}

TEST_CASE("a busy holder loses against an idle one with half its bytes, and wins when its load falls",
          "[decide][group]") {
  const auto winner = [](double load) {
    const LocalityAnswer answer =
        Answer({Known("/x", 4 * kGiB, {{"more", 4 * kGiB}, {"half", 2 * kGiB}})}, {{"more", load}, {"half", 0.2}});
    const Names offered = {"half", "more", "other"};
    return offered[*LikelyChoice(DecideFor(answer, offered), 0)];
  };
  CHECK(winner(0.95) == "half");
  CHECK(winner(0.2) == "more");
}

TEST_CASE("with zones a node near to the data beats one that is far, and a holder beats both", "[decide][zones]") {
  const LocalityAnswer answer = Answer({Known("/x", 4 * kGiB, {{"a1", 4 * kGiB}})});
  Surroundings around = Group(1, {});
  around.zones = std::make_shared<const ZoneTable>(
      std::vector<std::pair<std::string, std::string>>{{"a1", "a"}, {"a2", "a"}, {"b1", "b"}});
  around.nodes = {NodeFacts{0, 0, 0}};
  // Beside a holder the others need no scores.
  const Names all = {"b1", "a2", "a1", "unlabelled"};
  CHECK(ScoresOf(DecideFor(answer, all, {}, std::nullopt, &around), all) == Scores{{"a1", 10}});
  // When the holder is not offered, its zone is the next best; without a label a node is near to all.
  const Names without = {"b1", "a2", "unlabelled"};
  CHECK(ScoresOf(DecideFor(answer, without, {}, std::nullopt, &around), without) ==
        Scores{{"a2", 10}, {"unlabelled", 10}});
}

TEST_CASE("a busy holder gives way to an idle node near to it", "[decide][zones]") {
  const LocalityAnswer answer =
      Answer({Known("/x", 4 * kGiB, {{"a1", 4 * kGiB}, {"a3", 1}})}, {{"a1", 0.95}, {"a3", 0.0}});
  Surroundings around = Group(1, {});
  around.zones = std::make_shared<const ZoneTable>(
      std::vector<std::pair<std::string, std::string>>{{"a1", "a"}, {"a2", "a"}, {"a3", "a"}, {"b1", "b"}});
  around.nodes = {NodeFacts{0, 0, 0}, NodeFacts{0, 0, 0}};
  const Names offered = {"a1", "a2", "b1"};
  const Scores scores = ScoresOf(DecideFor(answer, offered, {}, std::nullopt, &around), offered);
  CHECK(scores.at("a2") == 10);
  CHECK(scores.at("a1") < 10);
  CHECK(scores.count("b1") == 0);
}

TEST_CASE("one zone, or a network that is as fast between zones, is no zone", "[decide][zones]") {
  const LocalityAnswer answer = Answer({Known("/x", 4 * kGiB, {{"a1", 4 * kGiB}})});
  Surroundings around = Group(1, {});
  around.nodes = {NodeFacts{0, 0, 0}};
  const Names offered = {"a1", "a2"};
  around.zones =
      std::make_shared<const ZoneTable>(std::vector<std::pair<std::string, std::string>>{{"a1", "a"}, {"a2", "a"}});
  CHECK(ScoresOf(DecideFor(answer, offered, {}, std::nullopt, &around), offered) == Scores{{"a1", 10}});
  around.zones =
      std::make_shared<const ZoneTable>(std::vector<std::pair<std::string, std::string>>{{"a1", "a"}, {"a2", "b"}});
  ScoringParameters flat;
  flat.cross_zone_bandwidth = flat.network_bandwidth;
  CHECK(ScoresOf(DecideFor(answer, offered, flat, std::nullopt, &around), offered) == Scores{{"a1", 10}});
}

TEST_CASE("the likely choice is one of the best, spread over pods when there are several", "[decide]") {
  const LocalityAnswer answer = Answer({Known("/x", 4 * kGiB, {{"a", 4 * kGiB}, {"b", 4 * kGiB}, {"c", kGiB}})});
  const Names offered = {"a", "b", "c", "d"};
  const Verdict verdict = DecideFor(answer, offered);
  std::map<std::string_view, int> chosen;
  for (uint64_t salt = 0; salt < 10; ++salt) ++chosen[offered[*LikelyChoice(verdict, salt)]];
  CHECK(chosen == std::map<std::string_view, int>{{"a", 5}, {"b", 5}});
  CHECK_FALSE(LikelyChoice(DecideFor(answer, {"x", "y"}), 0));
}

TEST_CASE("properties of a group's decisions", "[decide][group]") {
  struct Case {
    LocalityAnswer answer;
    std::vector<std::string> names;
    Surroundings around;
  };
  const auto any = [] {
    Case c;
    std::vector<On> holders;
    const int nodes = *rc::gen::inRange(2, 9);
    std::vector<std::pair<std::string, double>> loads;
    for (int i = 0; i < nodes; ++i) {
      c.names.push_back("n" + std::to_string(i));
      holders.push_back({c.names.back(), *rc::gen::inRange<uint64_t>(0, 1ULL << 52),
                         *rc::gen::inRange<uint64_t>(0, 1ULL << 52), *rc::gen::inRange<uint64_t>(0, 1ULL << 52)});
      if (*rc::gen::arbitrary<bool>()) loads.emplace_back(c.names.back(), *rc::gen::inRange(0, 101) / 100.0);
      const auto members = *rc::gen::inRange<uint32_t>(0, 4);
      if (members > 0) c.around.siblings.push_back({c.names.back(), members});
      c.around.group_size += members;
    }
    c.around.synced = true;
    c.answer = Answer({Known("/x", *rc::gen::inRange<uint64_t>(1, 1ULL << 55), holders)}, loads);
    return c;
  };
  rc::prop("scores lie in 0 to 10, and somebody has 10 when anybody has any", [&] {
    const Case c = any();
    const Names offered(c.names.begin(), c.names.end());
    const Verdict verdict = DecideFor(c.answer, offered, {}, std::nullopt, &c.around);
    int highest = 0;
    for (const NodeTerms& node : verdict.nodes) {
      RC_ASSERT(node.score >= 0 && node.score <= 10);
      highest = std::max(highest, node.score);
    }
    RC_ASSERT((verdict.outcome == Outcome::kScored) == (highest == 10));
  });
  rc::prop("the order of siblings and of offered nodes is irrelevant", [&] {
    Case c = any();
    const Names offered(c.names.begin(), c.names.end());
    const Scores scores = ScoresOf(DecideFor(c.answer, offered, {}, std::nullopt, &c.around), offered);
    std::reverse(c.around.siblings.begin(), c.around.siblings.end());
    const Names turned(offered.rbegin(), offered.rend());
    RC_ASSERT(ScoresOf(DecideFor(c.answer, turned, {}, std::nullopt, &c.around), turned) == scores);
  });
  rc::prop("one more member on a node never makes it worth more", [&] {
    Case c = any();
    const Names offered(c.names.begin(), c.names.end());
    const uint64_t share = *rc::gen::inRange<uint64_t>(1, 1ULL << 52);
    const Verdict before = DecideFor(c.answer, offered, {}, share, &c.around);
    const std::string node = c.names[*rc::gen::inRange<size_t>(0, c.names.size())];
    c.around.siblings.push_back({node, 1});
    const Verdict after = DecideFor(c.answer, offered, {}, share, &c.around);
    for (size_t i = 0; i < before.nodes.size(); ++i) {
      RC_ASSERT(after.nodes[i].terms.value <= before.nodes[i].terms.value * (1 + 1e-12));
    }
  });
}
