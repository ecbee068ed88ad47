#include "extender/decision/decide.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <map>

#include "tests/unit/extender/pictures.h"
#include "tests/unit/extender/questions.h"

using namespace locus;
using namespace locus::extender;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string_view>;
using Scores = std::map<std::string, int>;

// MEM 1000, SSD 500, HDD 250, network 100 bytes a second.
ScoringParameters RoundParameters() {
  ScoringParameters p;
  p.tier_bandwidth = {1000, 500, 250};
  p.network_bandwidth = 100;
  p.min_gain_seconds = 0.5;
  return p;
}

Verdict Ask(const LocalityAnswer& answer, const Names& offered, std::optional<uint64_t> share = std::nullopt,
            const ScoringParameters& parameters = RoundParameters()) {
  return DecideFor(answer, offered, parameters, share);
}

Scores ScoresOf(const Verdict& verdict) {
  Scores scores;
  for (const NodeTerms& node : verdict.nodes) {
    if (node.score > 0) scores[std::string(node.node)] = node.score;
  }
  return scores;
}

void CheckAbstains(const Verdict& verdict, Reason reason) {
  CHECK(verdict.outcome == Outcome::kAbstained);
  CHECK(ToWord(verdict.reason) == ToWord(reason));
  CHECK(ScoresOf(verdict).empty());
}

void CheckDegraded(const Verdict& verdict, Reason reason) {
  CHECK(verdict.outcome == Outcome::kDegraded);
  CHECK(ToWord(verdict.reason) == ToWord(reason));
  CHECK(ScoresOf(verdict).empty());
}

}  // namespace

TEST_CASE("the node with the most and fastest bytes gets ten, the others in proportion", "[decide]") {
  // Length 1000: a saves 9 s (memory), b 4.5 s (half in memory), c 8 s (SSD), d nothing.
  const auto answer = Answer({Known("/x", 1000, {{"a", 1000}, {"b", 500}, {"c", 0, 1000}})});
  const Verdict verdict = Ask(answer, {"a", "b", "c", "d"});
  CHECK(verdict.outcome == Outcome::kScored);
  CHECK(ScoresOf(verdict) == Scores{{"a", 10}, {"b", 5}, {"c", 9}});
  CHECK(verdict.share_bytes == 1000);
  CHECK(verdict.warnings.empty());
}

TEST_CASE("a busy holder gives way to a free one with less", "[decide]") {
  // a: 9 s x 0.2 = 1.8; b: 4.5 s x 0.9 = 4.05.
  const auto answer = Answer({Known("/x", 1000, {{"a", 1000}, {"b", 500}})}, {{"a", 0.8}, {"b", 0.1}});
  CHECK(ScoresOf(Ask(answer, {"a", "b", "c"})) == Scores{{"a", 4}, {"b", 10}});
}

TEST_CASE("an unknown load counts as the median of the holders'", "[decide]") {
  // Known: 0.2, 0.6, 0.7 and, not a holder, 0.99.
  const auto answer = Answer({Known("/x", 1000, {{"a", 1000}, {"b", 1000}, {"c", 1000}, {"d", 1000}})},
                             {{"a", 0.2}, {"b", 0.6}, {"c", 0.7}, {"e", 0.99}});
  const Verdict verdict = Ask(answer, {"a", "b", "c", "d", "e"});
  for (const NodeTerms& node : verdict.nodes) {
    INFO(node.node);
    const std::map<std::string_view, double> headrooms = {{"a", 0.8}, {"b", 0.4}, {"c", 0.3}, {"d", 0.4}};
    CHECK(node.terms.headroom == Approx(headrooms.at(node.node)));
    CHECK(node.load.has_value() == (node.node != "d"));
  }
  CHECK(ScoresOf(verdict) == Scores{{"a", 10}, {"b", 5}, {"c", 4}, {"d", 5}});
}

TEST_CASE("without any known load all headrooms are equal", "[decide]") {
  const auto answer = Answer({Known("/x", 1000, {{"a", 1000}, {"b", 500}})});
  CHECK(ScoresOf(Ask(answer, {"a", "b", "c"})) == Scores{{"a", 10}, {"b", 5}});
}

TEST_CASE("a share bounds what a node's bytes are worth", "[decide]") {
  // The pod reads 300: a and b both hold that in memory.
  const auto answer = Answer({Known("/x", 1000, {{"a", 1000}, {"b", 300}, {"c", 100}})});
  const Verdict verdict = Ask(answer, {"a", "b", "c", "d"}, 300);
  CHECK(verdict.share_bytes == 300);
  CHECK(ScoresOf(verdict) == Scores{{"a", 10}, {"b", 10}, {"c", 3}});
}

TEST_CASE("the bytes of several inputs add up by node", "[decide]") {
  const auto answer =
      Answer({Known("/x", 1000, {{"a", 600}, {"b", 500}}), Known("/y", 1000, {{"b", 500}, {"c", 300}})});
  const Verdict verdict = Ask(answer, {"a", "b", "c", "d"});
  CHECK(verdict.share_bytes == 2000);
  CHECK(ScoresOf(verdict) == Scores{{"a", 6}, {"b", 10}, {"c", 3}});
}

TEST_CASE("the order of inputs, holders and offered nodes does not matter", "[decide]") {
  const auto x = Known("/x", 1000, {{"a", 600}, {"b", 500, 100}});
  const auto x_turned = Known("/x", 1000, {{"b", 500, 100}, {"a", 600}});
  const auto y = Known("/y", 500, {{"c", 300}, {"b", 0, 0, 200}});
  const Scores expected = ScoresOf(Ask(Answer({x, y}), {"a", "b", "c", "d"}));
  CHECK(expected.size() == 3);
  CHECK(ScoresOf(Ask(Answer({y, x_turned}), {"d", "c", "b", "a"})) == expected);
}

TEST_CASE("two workers on one node add up, but never beyond the input's length", "[decide]") {
  const auto answer = Answer({Known("/x", 1000, {{"a", 600}, {"a", 700}, {"b", 1000}})});
  const Verdict verdict = Ask(answer, {"a", "b", "c"});
  CHECK(ScoresOf(verdict) == Scores{{"a", 10}, {"b", 10}});
  CHECK(Total(verdict.nodes[0].local) == 1000);
}

TEST_CASE("a holder that is no Kubernetes node is ignored", "[decide]") {
  const auto mixed = Answer({Known("/x", 1000, {{"", 1000}, {"b", 500}})});
  CHECK(ScoresOf(Ask(mixed, {"a", "b"})) == Scores{{"b", 10}});
  CheckAbstains(Ask(Answer({Known("/x", 1000, {{"", 1000}})}), {"a", "b"}), Reason::kNoHolderOffered);
}

TEST_CASE("a worker that reports but holds nothing does not count", "[decide]") {
  CheckAbstains(Ask(Answer({Known("/x", 1000, {{"a", 0}, {"b", 0}})}), {"a", "b"}), Reason::kNothingCached);
}

TEST_CASE("when the best holder is not offered the next best gets ten", "[decide]") {
  const auto answer = Answer({Known("/x", 1000, {{"a", 1000}, {"b", 400}, {"c", 200}})});
  const Verdict verdict = Ask(answer, {"b", "c", "d"});
  CHECK(ScoresOf(verdict) == Scores{{"b", 10}, {"c", 5}});
  for (const NodeTerms& node : verdict.nodes) CHECK(node.offered.has_value() == (node.node != "a"));
}

TEST_CASE("it abstains when no holder is offered", "[decide]") {
  CheckAbstains(Ask(Answer({Known("/x", 1000, {{"z", 1000}})}), {"a", "b"}), Reason::kNoHolderOffered);
}

TEST_CASE("it abstains when nothing is cached", "[decide]") {
  CheckAbstains(Ask(Answer({Known("/x", 1000, {})}), {"a", "b"}), Reason::kNothingCached);
}

TEST_CASE("an input of no bytes gives no scores and divides by nothing", "[decide]") {
  CheckAbstains(Ask(Answer({Known("/x", 0, {})}), {"a", "b"}), Reason::kNothingCached);
  CheckAbstains(Ask(Answer({Known("/x", 0, {{"a", 10}})}), {"a", "b"}), Reason::kNothingCached);
}

TEST_CASE("it abstains when the best node saves less than the least gain", "[decide]") {
  // 50 bytes in memory save 0.45 s.
  const auto little = Answer({Known("/x", 1000, {{"a", 50}})});
  CheckAbstains(Ask(little, {"a", "b"}), Reason::kNoGain);
  const auto enough = Answer({Known("/x", 1000, {{"a", 60}})});
  CHECK(ScoresOf(Ask(enough, {"a", "b"})) == Scores{{"a", 10}});
}

TEST_CASE("a gain of nothing is no gain, also when none is asked for", "[decide]") {
  ScoringParameters p = RoundParameters();
  p.min_gain_seconds = 0;
  p.tier_bandwidth[2] = 50;  // slower than the network
  CheckAbstains(Ask(Answer({Known("/x", 1000, {{"a", 0, 0, 1000}})}), {"a", "b"}, std::nullopt, p), Reason::kNoGain);
}

TEST_CASE("it abstains when all offered nodes lie within the indifference", "[decide]") {
  // 8.73 of 9 s is 97 percent; indifference is 5 percent.
  const auto close = Answer({Known("/x", 1000, {{"a", 1000}, {"b", 970}})});
  CheckAbstains(Ask(close, {"a", "b"}), Reason::kIndifferent);
  const auto apart = Answer({Known("/x", 1000, {{"a", 1000}, {"b", 900}})});
  CHECK(ScoresOf(Ask(apart, {"a", "b"})) == Scores{{"a", 10}, {"b", 9}});
}

TEST_CASE("a node without data is a difference", "[decide]") {
  const auto answer = Answer({Known("/x", 1000, {{"a", 1000}, {"b", 1000}})});
  CheckAbstains(Ask(answer, {"a", "b"}), Reason::kIndifferent);
  CHECK(ScoresOf(Ask(answer, {"a", "b", "c"})) == Scores{{"a", 10}, {"b", 10}});
}

TEST_CASE("the same block on every worker is no preference", "[decide]") {
  std::vector<On> everywhere;
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("n" + std::to_string(i));
  for (const std::string& name : names) everywhere.push_back({name, 1000});
  CheckAbstains(Ask(Answer({Known("/x", 1000, everywhere)}), Names(names.begin(), names.end())), Reason::kIndifferent);
}

TEST_CASE("with fewer than two nodes there is nothing to choose", "[decide]") {
  const auto answer = Answer({Known("/x", 1000, {{"a", 1000}})});
  CheckAbstains(Ask(answer, {"a"}), Reason::kOneNode);
  CheckAbstains(Ask(answer, {"a", "a"}), Reason::kOneNode);
  CheckAbstains(Ask(answer, {}), Reason::kOneNode);
}

TEST_CASE("a name that is offered twice counts once", "[decide]") {
  const auto answer = Answer({Known("/x", 1000, {{"a", 1000}, {"b", 990}})});
  CheckAbstains(Ask(answer, {"a", "b", "a", "b"}), Reason::kIndifferent);
  CHECK(ScoresOf(Ask(answer, {"a", "c", "a"})) == Scores{{"a", 10}});
}

TEST_CASE("it abstains and warns when no input is known", "[decide]") {
  const Verdict verdict =
      Ask(Answer({In(InputState::kUnknown, "/gone"), In(InputState::kInvalid, "/a//", "bad path")}), {"a", "b"});
  CheckAbstains(verdict, Reason::kInputUnknown);
  CHECK(verdict.warnings ==
        std::vector<std::string>{"input /gone: nobody knows this path", "input /a//: not a valid input: bad path"});
}

TEST_CASE("when a part of the inputs is unknown the others are scored, with a warning", "[decide]") {
  const Verdict verdict =
      Ask(Answer({In(InputState::kUnknown, "/gone"), Known("/x", 1000, {{"a", 1000}})}), {"a", "b"});
  CHECK(ScoresOf(verdict) == Scores{{"a", 10}});
  CHECK(verdict.warnings.size() == 1);
}

TEST_CASE("inputs that are pending or over the limit degrade the decision", "[decide]") {
  CheckDegraded(Ask(Answer({In(InputState::kPending, "/x")}), {"a", "b"}), Reason::kInputPending);
  CheckDegraded(Ask(Answer({In(InputState::kOverLimit, "/x")}), {"a", "b"}), Reason::kInputLimit);
  CheckDegraded(Ask(Answer({In(InputState::kPending, "/x"), In(InputState::kUnknown, "/y")}), {"a", "b"}),
                Reason::kInputPending);
  // The pending one might have been cached here.
  CheckDegraded(Ask(Answer({In(InputState::kPending, "/x"), Known("/y", 1000, {})}), {"a", "b"}),
                Reason::kInputPending);
  CHECK(ScoresOf(Ask(Answer({In(InputState::kPending, "/x"), Known("/y", 1000, {{"a", 1000}})}), {"a", "b"})) ==
        Scores{{"a", 10}});
}

TEST_CASE("metadata that was never heard is away", "[decide]") {
  auto answer = Answer({In(InputState::kPending, "/x")});
  answer.news = {};
  CheckDegraded(Ask(answer, {"a", "b"}), Reason::kMetadataAway);
  // Connected but silent: the input is pending.
  answer.news.connected = true;
  CheckDegraded(Ask(answer, {"a", "b"}), Reason::kInputPending);
}

TEST_CASE("a picture counts until its bound of age, connected or not", "[decide]") {
  auto answer = Answer({Known("/x", 1000, {{"a", 1000}})});
  answer.news.connected = false;
  answer.news.age = 10s;
  CHECK(ScoresOf(Ask(answer, {"a", "b"})) == Scores{{"a", 10}});
  answer.news.age = 10s + 1ns;
  CheckDegraded(Ask(answer, {"a", "b"}), Reason::kMetadataStale);
  answer.news.connected = true;
  CheckDegraded(Ask(answer, {"a", "b"}), Reason::kMetadataStale);
}

TEST_CASE("an input that is new while metadata is gone is told as away", "[decide]") {
  auto answer = Answer({In(InputState::kPending, "/x")});
  answer.news.connected = false;
  answer.news.age = 1s;
  CheckDegraded(Ask(answer, {"a", "b"}), Reason::kMetadataAway);
}

TEST_CASE("petabytes neither overflow nor become no number", "[decide]") {
  const uint64_t most = std::numeric_limits<uint64_t>::max();
  const auto answer =
      Answer({Known("/x", most, {{"a", most, most, most}, {"b", most / 2}}), Known("/y", most, {{"a", most}})});
  const Verdict verdict = Ask(answer, {"a", "b", "c"});
  CHECK(verdict.share_bytes == most);
  CHECK(ScoresOf(verdict) == Scores{{"a", 10}, {"b", 5}});
}

TEST_CASE("scores do not change when all bytes are scaled", "[decide]") {
  const auto scaled = [](uint64_t factor) {
    const std::vector<On> holders = {{"a", 100 * factor, 300 * factor}, {"b", 250 * factor}, {"c", 0, 0, 900 * factor}};
    return ScoresOf(Ask(Answer({Known("/x", 1000 * factor, holders)}), {"a", "b", "c", "d"}));
  };
  const Scores expected = scaled(1);
  CHECK(expected.size() == 3);
  for (const uint64_t factor : {1000ULL, 1ULL << 20, 1ULL << 40}) CHECK(scaled(factor) == expected);
}

TEST_CASE("scores lie in 0 to 10 for any number of nodes", "[decide]") {
  for (const int count : {2, 11, 12, 100, 5000}) {
    std::vector<std::string> names;
    std::vector<On> holders;
    for (int i = 0; i < count; ++i) names.push_back("node-" + std::to_string(i));
    for (int i = 0; i < count; i += 2)
      holders.push_back({names[static_cast<size_t>(i)], static_cast<uint64_t>(i * 7 + 1000)});
    const Verdict verdict = Ask(Answer({Known("/x", 1'000'000, holders)}), Names(names.begin(), names.end()));
    CHECK(verdict.outcome == Outcome::kScored);
    int best = 0;
    for (const NodeTerms& node : verdict.nodes) {
      CHECK((node.score >= 0 && node.score <= 10));
      best = std::max(best, node.score);
    }
    CHECK(best == 10);
  }
}

TEST_CASE("the best nodes come first, equal ones by offer and name", "[decide]") {
  const auto answer = Answer({Known("/x", 1000, {{"c", 500}, {"b", 500}, {"d", 500}, {"a", 1000}, {"e", 100}})});
  const Verdict verdict = Ask(answer, {"b", "c", "e"});
  std::vector<std::string_view> order;
  for (const size_t i : BestFirst(verdict.nodes, 4)) order.push_back(verdict.nodes[i].node);
  CHECK(order == std::vector<std::string_view>{"a", "b", "c", "d"});
  CHECK(BestFirst(verdict.nodes, 100).size() == 5);
  CHECK(BestFirst({}, 3).empty());
}

TEST_CASE("a long input is cut in a warning", "[decide]") {
  const Verdict verdict = Ask(Answer({In(InputState::kUnknown, "/" + std::string(4000, 'x'))}), {"a", "b"});
  REQUIRE(verdict.warnings.size() == 1);
  CHECK(verdict.warnings[0].size() < 300);
}
