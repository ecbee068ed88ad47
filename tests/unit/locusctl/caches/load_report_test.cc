#include "locusctl/caches/load_report.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/locusctl/captured_output.h"

using namespace locus::ctl;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kGiB = 1 << 30;

LoadPicture TwoNodes() {
  LoadPicture picture;
  picture.path = "/d";
  picture.nodes = {{"node-a", "a:1", {4, 2, 4 * kGiB, 2 * kGiB, kGiB}, 100.0 * (1 << 20), 20480ms, false, ""},
                   {"node-b", "b:1", {4, 4, 4 * kGiB, 4 * kGiB, 0}, 0, 0s, true, ""}};
  picture.sum = {8, 6, 8 * kGiB, 6 * kGiB, kGiB};
  picture.rate = 100.0 * (1 << 20);
  picture.left = 20480ms;
  picture.elapsed = 12300ms;
  return picture;
}

size_t Lines(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

}  // namespace

TEST_CASE("the frame shows each node and all of them", "[locusctl]") {
  CHECK(LoadFrame(TwoNodes(), {false, 100}, 24) ==
        "NODE                               CACHED                       RATE  LEFT\n"
        "node-a       ██████████··········  2 GiB of 4 GiB (50.0%)  100 MiB/s   21s\n"
        "node-b       ████████████████████  4 GiB of 4 GiB (100%)           -  done\n"
        "all 2 nodes  ███████████████·····  6 GiB of 8 GiB (75.0%)  100 MiB/s   21s\n"
        "loading /d for 12.3s; Ctrl-C stops; what is cached stays\n");
}

TEST_CASE("the frame never has more lines than the window", "[locusctl]") {
  LoadPicture picture = TwoNodes();
  for (int i = 0; i < 100; ++i) picture.nodes.push_back(picture.nodes[0]);
  for (size_t rows = 4; rows < 120; ++rows) {
    INFO(rows);
    CHECK(Lines(LoadFrame(picture, {false, 100}, rows)) <= rows);
  }
  const std::string low = LoadFrame(picture, {false, 100}, 10);
  CHECK(low.find("more nodes") != std::string::npos);
  CHECK(low.find("all 102 nodes") != std::string::npos);
}

TEST_CASE("a load is complete when every node has loaded every file", "[locusctl]") {
  LoadPicture picture = TwoNodes();
  CHECK_FALSE(picture.complete());
  picture.nodes[0].ended = true;
  CHECK_FALSE(picture.complete());
  picture.sum.files_done = 8;
  CHECK(picture.complete());
  picture.problems = {"x"};
  CHECK_FALSE(picture.complete());
  picture.problems = {};
  picture.stopped = true;
  CHECK_FALSE(picture.complete());
  picture.stopped = false;
  picture.nodes[0].failure = "away";
  CHECK_FALSE(picture.complete());
}

TEST_CASE("a line tells how far it is", "[locusctl]") {
  CHECK(LoadLine(TwoNodes()) == "12.3s  6 GiB of 8 GiB (75.0%) on 2 nodes, 100 MiB/s, 21s left\n");
}

TEST_CASE("many problems are cut short, and none reaches the terminal as it is", "[locusctl]") {
  LoadPicture picture = TwoNodes();
  picture.path = kHostile;
  for (int i = 0; i < 50; ++i) picture.problems.push_back(kHostile);
  picture.nodes[0].failure = kHostile;
  picture.nodes[0].name = kHostile;
  const std::string text = LoadSummary(picture, {});
  CHECK(text.find("and 30 more problems: see --json\n") != std::string::npos);
  CHECK(IsHarmless(text));
  CHECK(IsHarmless(LoadFrame(picture, {}, 24)));
}
