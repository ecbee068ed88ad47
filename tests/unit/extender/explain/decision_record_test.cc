#include "extender/explain/decision_record.h"

#include <catch2/catch.hpp>

#include "tests/unit/extender/pictures.h"
#include "tests/unit/extender/questions.h"

using namespace locus::extender;

TEST_CASE("a record keeps the best nodes and counts the others", "[decision_record]") {
  const auto answer = Answer({Known("/x", 1ULL << 40, {{"a", 1ULL << 30}, {"b", 3ULL << 30}, {"c", 2ULL << 30}})});
  const std::vector<std::string_view> offered = {"a", "b", "c", "d"};
  DecisionRecord record;
  {
    const Verdict verdict = DecideFor(answer, offered);
    KeepVerdict(verdict, offered, 2, record);
  }
  CHECK(record.outcome == Outcome::kScored);
  REQUIRE(record.nodes.size() == 2);
  CHECK(record.nodes[0].node == "b");
  CHECK(record.nodes[0].terms.score == 10);
  CHECK(record.nodes[1].node == "c");
  CHECK(record.nodes_omitted == 1);
}

TEST_CASE("a record keeps the inputs without their holders", "[decision_record]") {
  const auto answer = Answer({Known("/x", 100, {{"a", 60}}), In(InputState::kInvalid, "/y", "why")});
  DecisionRecord record;
  KeepInputs(answer, record);
  REQUIRE(record.inputs.size() == 2);
  CHECK(record.inputs[0].length_bytes == 100);
  CHECK(record.inputs[0].cached_bytes == 60);
  CHECK(record.inputs[1].state == InputState::kInvalid);
  CHECK(record.inputs[1].problem == "why");
  CHECK(record.news.heard);
}

TEST_CASE("the text of a record's inputs is bounded", "[decision_record]") {
  std::vector<std::string> inputs(64, "/" + std::string(4095, 'x'));
  DecisionRecord record;
  KeepInputs(inputs, record);
  CHECK(record.inputs.size() == 4);
  CHECK(record.inputs_omitted == 60);
}
