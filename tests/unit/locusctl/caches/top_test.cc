#include "locusctl/caches/top.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "common/testing/fake_clock.h"
#include "locusctl/caches/top_report.h"
#include "tests/unit/locusctl/caches/scripted_worker_calls.h"
#include "tests/unit/locusctl/captured_output.h"
#include "tests/unit/locusctl/fake_sources.h"

using namespace locus;
using namespace locus::ctl;
using namespace std::chrono_literals;

namespace {

v1::StatusResponse Status(const std::string& text) {
  v1::StatusResponse status;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &status));
  return status;
}

const char* const kBefore = R"(
  tiers { tier: TIER_MEM capacity_bytes: 4294967296 used_bytes: 1073741824 }
  tiers { tier: TIER_SSD capacity_bytes: 107374182400 used_bytes: 53687091200 }
  reporting: true hits: 100 misses: 10 evictions: 5 fetched_bytes: 1000
  served { tier: TIER_UNSPECIFIED bytes: 100 } served { tier: TIER_MEM bytes: 1000 }
  served { tier: TIER_SSD bytes: 0 } load { overall: 0.25 })";
const char* const kAfter = R"(
  tiers { tier: TIER_MEM capacity_bytes: 4294967296 used_bytes: 2147483648 }
  tiers { tier: TIER_SSD capacity_bytes: 107374182400 used_bytes: 53687091200 }
  reporting: true hits: 190 misses: 20 evictions: 9 fetched_bytes: 20972520
  served { tier: TIER_UNSPECIFIED bytes: 100 } served { tier: TIER_MEM bytes: 2097153000 }
  served { tier: TIER_SSD bytes: 0 } readers: 3 fetching: 4 queued: 7 load { overall: 0.95 })";

TopEntry Entry() { return {"node-a", "10.0.0.1:8920", true, Status(kBefore), Status(kAfter), 2, ""}; }

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
size_t Lines(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

struct Fixture {
  Fixture() {
    REQUIRE(google::protobuf::TextFormat::ParseFromString(
        R"(workers {
             workers { address { host: '10.0.0.1' data_port: 8920 } node: 'node-a' state: LIVE blocks_from: REPORT }
             workers { address { host: '10.0.0.2' data_port: 8920 } node: 'node-b' state: LIVE blocks_from: REPORT }
           })",
        &meta.workers));
    calls.on_status = [](const std::string& address, int nth) -> absl::StatusOr<v1::StatusResponse> {
      if (address == "10.0.0.2:8920") return Unavailable("no connection");
      return Status(nth == 1 ? kBefore : kAfter);
    };
    options.interval = 2s;
  }
  int Run(const Output& output) {
    const LiveWorld world{clock, [this] { return clock.Now() >= stop_at; },
                          [] {
                            return Window{160, 24};
                          },
                          [this](Duration time) { clock.Advance(time); }};
    return RunTop(options, meta, calls, world, output);
  }

  FakeClock clock;
  SteadyTime stop_at = SteadyTime::max();
  FakeLocalitySource meta;
  ScriptedWorkerCalls calls;
  CapturedOutput captured;
  TopOptions options;
};

}  // namespace

TEST_CASE("rates are what passed between two answers", "[locusctl]") {
  const auto rates = RatesOf(Entry());
  REQUIRE(rates);
  CHECK(*rates->hit_rate == Approx(0.9));
  CHECK(rates->served[v1::TIER_MEM] == Approx(1048576000));
  CHECK(rates->served[0] == 0);
  CHECK(rates->fetched == Approx(10485760));
  CHECK(rates->evictions == Approx(2));
}

TEST_CASE("without two answers of one run there are no rates", "[locusctl]") {
  TopEntry entry = Entry();
  entry.before.reset();
  CHECK_FALSE(RatesOf(entry));
  entry = Entry();
  std::swap(entry.before, entry.now);
  CHECK_FALSE(RatesOf(entry));
  entry = Entry();
  entry.seconds = 0;
  CHECK_FALSE(RatesOf(entry));
}

TEST_CASE("nobody read anything: there is no hit rate", "[locusctl]") {
  TopEntry entry = Entry();
  entry.before = entry.now;
  CHECK_FALSE(RatesOf(entry)->hit_rate);
}

TEST_CASE("a row says what the worker does now", "[locusctl]") {
  const std::string text = RenderTop({Entry()}, {false, 200}, 24);
  CHECK(
      text ==
      "NODE    STATE             MEM                SSD   HITS    FROM MEM  FROM SSD  FROM ORIGIN   FETCHED  READERS  "
      "FETCHES  EVICTED  LOAD\n"
      "node-a  live   2 GiB of 4 GiB  50 GiB of 100 GiB  90.0%  1000 MiB/s         -            -  10 MiB/s        3  "
      "   4 +7    2.0/s  0.95\n");
}

TEST_CASE("several workers have a sum, and those that are away a reason", "[locusctl]") {
  TopEntry away{"node-b", "10.0.0.2:8920", true, {}, {}, 0, "no connection"};
  TopEntry broken = Entry();
  broken.name = "node-c";
  broken.now->add_folder_problems("/ssd: read-only file system");
  const std::string text = RenderTop({Entry(), away, broken}, {false, 200}, 24);
  CHECK(Has(text, "all 3 workers"));
  CHECK(Has(text, "4 GiB of 8 GiB"));
  CHECK(Has(text, "! node-b  10.0.0.2:8920: no connection\n"));
  CHECK(Has(text, "! node-c  /ssd: read-only file system\n"));
  CHECK(Has(text, "disk fails"));
}

TEST_CASE("the table never has more lines than there is room for", "[locusctl]") {
  std::vector<TopEntry> entries(50, Entry());
  entries[3].problem = "no connection";
  for (size_t rows = 5; rows < 60; ++rows) {
    INFO(rows);
    CHECK(Lines(RenderTop(entries, {false, 200}, rows)) <= rows);
  }
}

TEST_CASE("names from servers cannot move the cursor", "[locusctl]") {
  TopEntry entry = Entry();
  entry.name = entry.problem = kHostile;
  entry.now->add_folder_problems(kHostile);
  CHECK(IsHarmless(RenderTop({entry, entry}, {}, 24)));
}

TEST_CASE("without a terminal one picture of one interval is printed", "[locusctl]") {
  Fixture f;
  const SteadyTime start = f.clock.Now();
  CHECK(f.Run(f.captured.AsText({false, 200})) == kOk);
  CHECK(f.clock.Now() - start == 2s);
  CHECK(Has(f.captured.out.str(), "90.0%  1000 MiB/s"));
  CHECK(Has(f.captured.out.str(), "! node-b  10.0.0.2:8920: no connection\n"));
}

TEST_CASE("JSON has the figures and the rates", "[locusctl]") {
  Fixture f;
  CHECK(f.Run(f.captured.AsJson()) == kOk);
  const auto document = nlohmann::json::parse(f.captured.out.str());
  CHECK(document["workers"][0]["rates"]["hit_rate"].get<double>() == Approx(0.9));
  CHECK(document["workers"][0]["rates"]["served_bytes"]["MEM"].get<double>() == Approx(1048576000));
  CHECK(document["workers"][0]["queued"] == 7);
  CHECK(document["workers"][1]["problem"] == "no connection");
  CHECK(document["workers"][1]["rates"].is_null());
}

TEST_CASE("on a terminal it is drawn again until the user ends it", "[locusctl]") {
  Fixture f;
  f.options.live = true;
  f.stop_at = f.clock.Now() + 5s;
  CHECK(f.Run(f.captured.AsText({false, 160})) == kOk);
  CHECK(f.clock.Now() == f.stop_at);
  const std::string text = f.captured.out.str();
  CHECK(Has(text, "every 2s; Ctrl-C ends"));
  // At 0, 2 and 4 seconds.
  size_t frames = 0;
  for (size_t at = text.find("NODE"); at != std::string::npos; at = text.find("NODE", at + 1)) ++frames;
  CHECK(frames == 3);
}

TEST_CASE("without a worker, or without locus-meta, there is nothing to show", "[locusctl]") {
  Fixture f;
  f.meta.workers.Clear();
  CHECK(f.Run(f.captured.AsText()) == kNegative);
  f.meta.status = Unavailable("refused");
  CHECK(f.Run(f.captured.AsText()) == kUnreachable);
  CHECK(f.captured.out.str().empty());
}
