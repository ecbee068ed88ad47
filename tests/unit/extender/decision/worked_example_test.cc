// Recomputes the worked example of docs/placement.md from the page itself.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <map>
#include <sstream>

#include "extender/decision/decide.h"
#include "tests/unit/extender/pictures.h"
#include "tests/unit/extender/questions.h"

using namespace locus::extender;

namespace {

constexpr uint64_t kGiB = 1ULL << 30;

using Row = std::vector<std::string>;

// The cells of the table below the marker.
std::vector<Row> ExampleRows() {
  std::ifstream page("docs/placement.md");
  REQUIRE(page);
  std::vector<Row> rows;
  bool found = false;
  for (std::string line; std::getline(page, line);) {
    found = found || line.find("<!-- example:") == 0;
    if (!found || line.empty() || line[0] == '<') continue;
    if (line[0] != '|') break;
    Row row;
    std::stringstream cells(line.substr(1));
    for (std::string cell; std::getline(cells, cell, '|');) {
      row.push_back(cell.substr(1, cell.find_last_not_of(' ')));
    }
    rows.push_back(row);
  }
  // Header and rule.
  REQUIRE(rows.size() > 2);
  return {rows.begin() + 2, rows.end()};
}

std::string Fixed(double number, const char* unit) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << number << unit;
  return text.str();
}

std::string Gigabytes(const TierBytes& taken) {
  std::string text;
  for (size_t tier = 0; tier < kTiers; ++tier) {
    if (taken[tier] == 0) continue;
    text += (text.empty() ? "" : " + ") + std::to_string(taken[tier] / kGiB) + " GiB " + std::string(kTierNames[tier]);
  }
  return text.empty() ? "0 GiB" : text;
}

}  // namespace

TEST_CASE("the worked example of docs/placement.md is what the decision computes", "[decide]") {
  const LocalityAnswer answer =
      Answer({Known("/x", 8 * kGiB, {{"a", 4 * kGiB}, {"b", 2 * kGiB, kGiB}})}, {{"a", 0.5}, {"b", 0.0}});
  const std::vector<std::string_view> offered = {"a", "b", "c"};
  std::map<std::string, uint32_t> placed;
  std::vector<Row> computed;
  for (int executor = 1; executor <= 4; ++executor) {
    Surroundings around;
    around.synced = true;
    around.group_size = 4;
    for (const auto& [node, count] : placed) around.siblings.push_back({node, count});
    const Verdict verdict = DecideFor(answer, offered, {}, std::nullopt, &around);
    for (const NodeTerms& node : verdict.nodes) {
      computed.push_back({std::to_string(executor), std::string(node.node),
                          std::to_string(Total(node.left) / kGiB) + " GiB", Gigabytes(node.terms.taken),
                          Fixed(node.terms.saved_seconds, " s"), Fixed(node.terms.headroom, ""),
                          Fixed(node.terms.value, " s"), std::to_string(node.score)});
    }
    const auto choice = LikelyChoice(verdict, 0);
    REQUIRE(choice);
    ++placed[std::string(offered[*choice])];
  }
  CHECK(placed == std::map<std::string, uint32_t>{{"a", 2}, {"b", 2}});
  CHECK(ExampleRows() == computed);
}
