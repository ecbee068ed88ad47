#include "locusctl/watch.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "common/testing/fake_clock.h"
#include "tests/unit/locusctl/captured_output.h"

using namespace locus;
using namespace locus::ctl;
using namespace std::chrono_literals;

namespace {

// Plays what a test has written down; time passes only in it.
class ScriptedWatch final : public LocalityWatch {
 public:
  explicit ScriptedWatch(FakeClock& clock) : clock_(clock) {}

  std::string address() const override { return "meta.test:8910"; }
  void Open(const std::vector<std::string>& inputs) override {
    ++opened;
    open_ = true;
    asked = inputs;
    Want(inputs);
  }
  void Want(const std::vector<std::string>& inputs) override {
    wanted_at.push_back(ToMillis(clock_.Now() - start_).count());
    CHECK(inputs == asked);
  }
  WatchNews Next(Duration wait) override {
    // A stream that is not open cannot speak.
    if (open_ && !script_.empty() && script_.front().after <= wait) {
      const Step step = std::move(script_.front());
      script_.pop_front();
      clock_.Advance(step.after);
      open_ = step.news.kind != WatchNews::Kind::kEnded;
      return step.news;
    }
    if (open_ && !script_.empty()) script_.front().after -= wait;
    clock_.Advance(wait);
    // What no test waits for must not hang it.
    REQUIRE(clock_.Now() - start_ < 1h);
    return {};
  }

  void Then(Duration after, const std::string& picture) {
    WatchNews news;
    news.kind = WatchNews::Kind::kPicture;
    REQUIRE(google::protobuf::TextFormat::ParseFromString(picture, &news.picture));
    Then(after, std::move(news));
  }
  void Then(Duration after, WatchNews news) { script_.push_back({after, std::move(news)}); }
  void ThenEnds(Duration after, absl::Status why) {
    script_.push_back({after, {WatchNews::Kind::kEnded, {}, std::move(why)}});
  }

  int opened = 0;
  std::vector<std::string> asked;
  std::vector<int64_t> wanted_at;

 private:
  struct Step {
    Duration after;
    WatchNews news;
  };
  FakeClock& clock_;
  bool open_ = false;
  const SteadyTime start_ = clock_.Now();
  std::deque<Step> script_;
};

std::string Known(const std::string& input, uint64_t mem, uint64_t ssd = 0) {
  return "inputs { input: '" + input +
         "' state: KNOWN length_bytes: 1048576 files: 1 blocks: 1 cached_bytes: " + std::to_string(mem + ssd) +
         " holders { address { host: '10.0.0.1' data_port: 1 } node: 'node-a' tiers { tier: " + "TIER_MEM bytes: " +
         std::to_string(mem) + " }" + (ssd > 0 ? " tiers { tier: TIER_SSD bytes: " + std::to_string(ssd) + " }" : "") +
         " } }";
}

struct Fixture {
  FakeClock clock;
  ScriptedWatch watch{clock};
  CapturedOutput captured;
  bool stop = false;
  WatchOptions options;
  Window window{100, 24};

  Fixture() {
    options.inputs = {"/a"};
    options.at_most = 10s;
  }
  int Run(const Output& output) {
    return RunWatch(options, watch, {clock, [this] { return stop; }, [this] { return window; }}, output);
  }
  std::string out() const { return captured.out.str(); }
  std::string err() const { return captured.err.str(); }
};

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("without a terminal each change is a line", "[locusctl]") {
  Fixture f;
  f.watch.Then(100ms, "inputs { input: '/a' state: PENDING }");
  f.watch.Then(200ms, Known("/a", 262144));
  f.watch.Then(1s, "freshness { epoch: 3 }");
  f.watch.Then(200ms, Known("/a", 262144));
  f.watch.Then(1s, Known("/a", 524288, 262144));
  CHECK(f.Run(f.captured.AsText()) == 0);
  CHECK(f.out() ==
        "0.3s  /a  cached 256 KiB of 1 MiB (25.0%)  node-a 256 KiB MEM\n"
        "2.5s  /a  cached 768 KiB of 1 MiB (75.0%)  node-a 512 KiB MEM 256 KiB SSD\n");
  CHECK(f.err().empty());
}

TEST_CASE("an input without figures says why", "[locusctl]") {
  Fixture f;
  f.watch.Then(100ms, "inputs { input: '/a' state: UNKNOWN }");
  f.watch.Then(1s, "inputs { input: '/a' state: INVALID problem: 'no mount' }");
  CHECK(f.Run(f.captured.AsText()) == 0);
  CHECK(f.out() == "0.1s  /a  unknown\n1.1s  /a  invalid: no mount\n");
}

TEST_CASE("many workers are named up to a bound and then counted", "[locusctl]") {
  Fixture f;
  std::string picture = "inputs { input: '/a' state: KNOWN length_bytes: 10000 cached_bytes: 9 ";
  for (int i = 1; i <= 9; ++i) {
    picture += "holders { address { host: 'h" + std::to_string(i) +
               "' data_port: 1 } tiers { tier: TIER_HDD bytes: " + std::to_string(i) + " } } ";
  }
  f.watch.Then(100ms, picture + "}");
  CHECK(f.Run(f.captured.AsText()) == 0);
  CHECK(Has(f.out(), "  h9:1 9 B HDD, h8:1 8 B HDD, h7:1 7 B HDD, h6:1 6 B HDD, and 5 more\n"));
}

TEST_CASE("JSON is one object a line with what has changed", "[locusctl]") {
  Fixture f;
  f.options.inputs = {"/a", "/b"};
  f.watch.Then(100ms, "freshness { epoch: 1 }" + Known("/a", 1) + Known("/b", 2));
  f.watch.Then(1s, "freshness { epoch: 2 }");
  f.watch.Then(1s, "freshness { epoch: 3 }" + Known("/a", 1) + Known("/b", 3));
  CHECK(f.Run(f.captured.AsJson()) == 0);
  std::istringstream lines(f.out());
  std::vector<nlohmann::json> documents;
  for (std::string line; std::getline(lines, line);) documents.push_back(nlohmann::json::parse(line));
  REQUIRE(documents.size() == 2);
  CHECK(documents[0]["inputs"].size() == 2);
  CHECK(documents[0]["elapsed_ms"] == 100);
  CHECK(documents[1]["elapsed_ms"] == 2100);
  CHECK(documents[1]["freshness"]["epoch"] == 3);
  REQUIRE(documents[1]["inputs"].size() == 1);
  CHECK(documents[1]["inputs"][0]["input"] == "/b");
  CHECK(documents[1]["inputs"][0]["holders"][0]["bytes"]["MEM"] == 3);
}

TEST_CASE("it says once a second that somebody waits", "[locusctl]") {
  Fixture f;
  f.watch.Then(0ms, Known("/a", 1));
  f.options.at_most = 3500ms;
  CHECK(f.Run(f.captured.AsText()) == 0);
  CHECK(f.watch.wanted_at == std::vector<int64_t>{0, 1000, 2000, 3000});
}

TEST_CASE("--until ends when every input is cached so far", "[locusctl]") {
  Fixture f;
  f.options.inputs = {"/a", "/b"};
  f.options.until = 0.5;
  f.watch.Then(100ms, Known("/a", 1048576) + Known("/b", 0));
  f.watch.Then(1s, Known("/b", 524287));
  f.watch.Then(1s, Known("/b", 524288));
  f.watch.Then(1s, Known("/b", 1048576));
  CHECK(f.Run(f.captured.AsText()) == 0);
  CHECK(f.clock.Now() - SteadyTime(1s) == 2100ms);

  SECTION("and is a no when its time is over before") {
    Fixture late;
    late.options.until = 1.0;
    late.watch.Then(100ms, Known("/a", 1048575));
    CHECK(late.Run(late.captured.AsText()) == 1);
  }
  SECTION("and an input without any bytes is cached, one that is not known is not") {
    Fixture empty;
    empty.options.until = 1.0;
    empty.watch.Then(100ms, "inputs { input: '/a' state: KNOWN }");
    CHECK(empty.Run(empty.captured.AsText()) == 0);
    Fixture unknown;
    unknown.options.until = 0.0;
    unknown.watch.Then(100ms, "inputs { input: '/a' state: UNKNOWN }");
    CHECK(unknown.Run(unknown.captured.AsText()) == 1);
  }
}

TEST_CASE("Ctrl-C ends it well", "[locusctl]") {
  Fixture f;
  f.options.at_most.reset();
  f.stop = true;
  CHECK(f.Run(f.captured.AsText()) == 0);
}

TEST_CASE("a stream that breaks is opened again, and both are told", "[locusctl]") {
  Fixture f;
  f.watch.Then(100ms, Known("/a", 1));
  f.watch.ThenEnds(100ms, Unavailable("connection reset"));
  // Two tries later it is back, with the same picture.
  f.watch.ThenEnds(1s, Unavailable("connection refused"));
  f.watch.Then(2s, Known("/a", 1));
  f.watch.Then(1s, Known("/a", 2));
  CHECK(f.Run(f.captured.AsText()) == 0);
  CHECK(f.watch.opened == 3);
  CHECK(
      f.err() ==
      "locusctl: the stream from locus-meta at meta.test:8910 broke: connection reset; trying again until it is back\n"
      "locusctl: locus-meta answers again\n");
  CHECK(f.out().starts_with("0.1s  /a  cached 1 B of 1 MiB (<0.1%)  node-a 1 B MEM\n"));
  CHECK(f.out().ends_with("s  /a  cached 2 B of 1 MiB (<0.1%)  node-a 2 B MEM\n"));
  // The same picture as before is no line.
  const std::string out = f.out();
  CHECK(std::count(out.begin(), out.end(), '\n') == 2);
}

TEST_CASE("pauses between tries grow, and start small again after a success", "[locusctl]") {
  Fixture f;
  f.options.at_most = 60s;
  f.watch.Then(0ms, Known("/a", 1));
  for (int i = 0; i < 50; ++i) f.watch.ThenEnds(0ms, Unavailable("gone"));
  CHECK(f.Run(f.captured.AsText()) == 0);
  // 250 ms, doubled up to 5 s, each between half and all of it.
  CHECK(f.watch.opened >= 14);
  CHECK(f.watch.opened <= 32);
}

TEST_CASE("a server that was never there, or does not understand, is an error as of other verbs", "[locusctl]") {
  Fixture gone;
  gone.watch.ThenEnds(100ms, Unavailable("connection refused"));
  CHECK(gone.Run(gone.captured.AsText()) == 3);
  CHECK(Has(gone.err(), "cannot watch locality: cannot reach locus-meta at meta.test:8910: connection refused"));
  Fixture silent;
  CHECK(silent.Run(silent.captured.AsText()) == 3);
  CHECK(Has(silent.err(), "gave no answer in time: nothing within 5s"));
  CHECK(silent.clock.Now() - SteadyTime(1s) == 5s);
  Fixture refused;
  refused.watch.Then(100ms, Known("/a", 1));
  refused.watch.ThenEnds(100ms, InvalidArgument("inputs[0]: malformed"));
  CHECK(refused.Run(refused.captured.AsText()) == 2);
  CHECK(refused.watch.opened == 1);
  Fixture other;
  other.watch.ThenEnds(100ms, absl::UnimplementedError("no such method"));
  CHECK(other.Run(other.captured.AsText()) == 3);
}

TEST_CASE("on a terminal the picture is redrawn at most ten times a second", "[locusctl]") {
  Fixture f;
  f.options.live = true;
  f.options.at_most = 1s;
  for (int i = 1; i <= 100; ++i) f.watch.Then(10ms, Known("/a", static_cast<uint64_t>(i)));
  CHECK(f.Run(f.captured.AsText()) == 0);
  size_t frames = 0;
  for (size_t at = 0; (at = f.out().find("\x1b[?7l", at)) != std::string::npos; ++at) ++frames;
  CHECK(frames >= 9);
  CHECK(frames <= 12);
  CHECK(Has(f.out(), "watching for 0s; Ctrl-C ends"));
  // The first frame comes with the first picture, the others each tenth; the last picture stays on the screen.
  CHECK(Has(f.out(), "cached 91 B ("));
  CHECK(f.out().rfind("cached 100 B (") > f.out().rfind("cached 91 B ("));
}

TEST_CASE("on a terminal a broken or silent stream shows below the picture", "[locusctl]") {
  Fixture broken;
  broken.options.live = true;
  broken.watch.Then(0ms, Known("/a", 1));
  broken.watch.ThenEnds(100ms, Unavailable(kHostile));
  CHECK(broken.Run(broken.captured.AsText()) == 0);
  CHECK(Has(broken.out(), "locus-meta is away: x\\u{1B}[31m"));
  CHECK(Has(broken.out(), "; trying again. The figures are 1.1s old."));
  CHECK(broken.err().empty());
  Fixture silent;
  silent.options.live = true;
  silent.watch.Then(0ms, Known("/a", 1));
  CHECK(silent.Run(silent.captured.AsText()) == 0);
  CHECK(Has(silent.out(), "locus-meta has said nothing for 6.0s"));
  CHECK_FALSE(Has(silent.out(), "said nothing for 4"));
}

TEST_CASE("hostile names do not reach the terminal raw while watching", "[locusctl]") {
  Fixture f;
  f.options.inputs = {kHostile};
  WatchNews news;
  news.kind = WatchNews::Kind::kPicture;
  v1::InputLocality* input = news.picture.add_inputs();
  input->set_input(kHostile);
  input->set_state(v1::InputLocality::KNOWN);
  input->add_holders()->set_node(kHostile);
  f.watch.Then(0ms, std::move(news));
  f.watch.ThenEnds(100ms, Unavailable(kHostile));
  CHECK(f.Run(f.captured.AsText()) == 0);
  CHECK_FALSE(f.out().empty());
  CHECK(IsHarmless(f.out()));
  CHECK(IsHarmless(f.err()));
}
