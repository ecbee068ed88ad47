#include "extender/http/inputs_page.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/testing/fake_clock.h"
#include "tests/unit/extender/fake_locality.h"

using namespace locus;
using namespace locus::extender;
using nlohmann::json;

namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30;

std::string Name(const char* stem, size_t number) {
  const std::string digits = std::to_string(1000 + number);
  return stem + digits;
}

FollowedInputs Followed(std::vector<std::shared_ptr<const InputPicture>> pictures) {
  FollowedInputs followed;
  followed.followed = pictures.size();
  followed.pictures = std::move(pictures);
  followed.loads = std::make_shared<const NodeLoads>();
  return followed;
}

}  // namespace

TEST_CASE("of many inputs those of which most is cached are shown, by name", "[inputs_page]") {
  std::vector<std::shared_ptr<const InputPicture>> pictures;
  // The larger the number, the more is cached.
  for (size_t i = 0; i < kShownInputs + 20; ++i) pictures.push_back(Known(Name("/x/", i), 1000, {{"n", i + 1}}));
  const json page = json::parse(InputsJson(Followed(pictures), {}));
  REQUIRE(page["inputs"].size() == kShownInputs);
  CHECK(page["inputs_omitted"] == 20);
  CHECK(page["answered"] == kShownInputs + 20);
  CHECK(page["inputs"].front()["input"] == "/x/1020");
  CHECK(page["inputs"].back()["input"] == Name("/x/", kShownInputs + 19));
}

TEST_CASE("of many nodes those that hold most of what is shown are shown, by name", "[inputs_page]") {
  std::vector<On> holders;
  for (size_t i = 0; i < kShownNodes + 30; ++i) holders.push_back({Name("n", i), i + 1});
  const json page = json::parse(InputsJson(Followed({Known("/x", 1 << 20, holders)}), {}));
  REQUIRE(page["nodes"].size() == kShownNodes);
  CHECK(page["nodes_omitted"] == 30);
  CHECK(page["nodes"].front()["node"] == "n1030");
  CHECK(page["inputs"][0]["nodes"].size() == kShownNodes);
  CHECK(page["inputs"][0]["nodes_omitted"] == 30);
}

TEST_CASE("an answer about a cluster of 5,000 nodes and 200 inputs stays small", "[inputs_page]") {
  std::vector<On> holders;
  for (size_t i = 0; i < 5000; ++i) {
    holders.push_back({Name("ip-10-20-", i) + ".eu-central-1.compute.internal", kGiB + i, kGiB});
  }
  const std::vector<On> few(holders.begin(), holders.begin() + 3);
  std::vector<std::shared_ptr<const InputPicture>> pictures;
  for (size_t i = 0; i < 200; ++i) {
    // Those that are shown are everywhere, which is what makes an answer long.
    pictures.push_back(
        Known(Name("s3a://warehouse/events/day=", i), uint64_t{1} << 40, i < kShownInputs ? holders : few));
  }
  const std::string answer = InputsJson(Followed(pictures), {});
  CHECK(answer.size() < 1'500'000);
  const json page = json::parse(answer);
  CHECK(page["inputs_omitted"] == 200 - kShownInputs);
  CHECK(page["nodes_omitted"] == 5000 - kShownNodes);
}

TEST_CASE("a text that is no UTF-8 does not break the page", "[inputs_page]") {
  CHECK_NOTHROW(json::parse(InputsJson(Followed({Known("/x\xff", 1, {{"n\xff", 1}})}), {})));
}

TEST_CASE("however many look, all inputs are walked once a second", "[inputs_page]") {
  FakeClock clock;
  FakeLocality locality;
  InputsPage page(locality, clock);
  locality.Put(Known("/x", 10, {{"n", 5}}));
  const std::string first = page.Json();
  locality.Put(Known("/y", 10, {{"n", 5}}));
  clock.Advance(std::chrono::milliseconds(999));
  CHECK(page.Json() == first);
  CHECK(locality.looks_at_all() == 1);
  clock.Advance(std::chrono::milliseconds(1));
  CHECK(json::parse(page.Json())["followed"] == 2);
  CHECK(locality.looks_at_all() == 2);
}
