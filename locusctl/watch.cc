#include "locusctl/watch.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "common/backoff.h"
#include "common/status.h"
#include "common/units.h"
#include "locusctl/figures.h"
#include "locusctl/holder.h"
#include "locusctl/locality.h"
#include "locusctl/text.h"

namespace locus::ctl {
namespace {

// How soon Ctrl-C and the end of a time are noticed, and how often the screen changes at most. The server merges
// changes for as long.
constexpr Duration kTick = std::chrono::milliseconds(100);
// As often as the protocol allows.
constexpr Duration kWantEvery = std::chrono::seconds(1);
// A server has something to say each second.
constexpr Duration kSilence = std::chrono::seconds(5);
constexpr Duration kFirstRetry = std::chrono::milliseconds(250);
constexpr Duration kMaxRetry = std::chrono::seconds(5);
// Workers that a line names.
constexpr size_t kMaxNamed = 4;
constexpr size_t kDefaultRows = 24;

bool Reached(const v1::InputLocality& input, double part) {
  return input.state() == v1::InputLocality::KNOWN &&
         static_cast<double>(input.cached_bytes()) >= part * static_cast<double>(input.length_bytes());
}

// "2.4s" since the start.
std::string Since(Duration elapsed) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1fs", ToSeconds(elapsed));
  return text.data();
}

std::string TiersText(const TierFigures& tiers) {
  std::string text;
  const auto add = [&text](uint64_t bytes, const char* name) {
    if (bytes > 0) text += " " + FormatBytes(bytes) + " " + name;
  };
  add(tiers.mem, "MEM");
  add(tiers.ssd, "SSD");
  add(tiers.hdd, "HDD");
  add(tiers.other, "other");
  return text;
}

// One line for one input.
std::string LineOf(const v1::InputLocality& input) {
  std::string line = SafeText(input.input());
  if (input.state() != v1::InputLocality::KNOWN) {
    line += "  " + InputJson(input)["state"].get<std::string>();
    return line + (input.problem().empty() ? "" : ": " + SafeText(input.problem()));
  }
  line += "  cached " + FormatBytes(input.cached_bytes()) + " of " + FormatBytes(input.length_bytes()) + " (" +
          Percent(input.cached_bytes(), input.length_bytes()) + ")";
  std::vector<const v1::HolderLocality*> holders;
  for (const v1::HolderLocality& holder : input.holders()) holders.push_back(&holder);
  std::stable_sort(holders.begin(), holders.end(), [](const auto* a, const auto* b) {
    return FiguresOf(a->tiers()).total() > FiguresOf(b->tiers()).total();
  });
  for (size_t i = 0; i < std::min(holders.size(), kMaxNamed); ++i) {
    const v1::HolderLocality& holder = *holders[i];
    const std::string name = holder.node().empty() ? AddressText(holder.address()) : holder.node();
    line += (i == 0 ? "  " : ", ") + SafeText(name) + TiersText(FiguresOf(holder.tiers()));
  }
  if (holders.size() > kMaxNamed) line += ", and " + std::to_string(holders.size() - kMaxNamed) + " more";
  return line;
}

class Watching {
 public:
  Watching(const WatchOptions& options, LocalityWatch& watch, const WatchWorld& world, const Output& output)
      : options_(options),
        watch_(watch),
        world_(world),
        output_(output),
        retry_(kFirstRetry, kMaxRetry, options.seed),
        start_(world.clock.Now()) {
    for (const std::string& input : options.inputs) {
      v1::InputLocality* entry = picture_.add_inputs();
      entry->set_input(input);
      entry->set_state(v1::InputLocality::PENDING);
    }
  }

  int Run() {
    Open();
    for (;;) {
      const WatchNews news = watch_.Next(kTick);
      const SteadyTime now = world_.clock.Now();
      if (news.kind == WatchNews::Kind::kPicture) Take(news.picture, now);
      if (news.kind == WatchNews::Kind::kEnded) {
        if (const std::optional<int> code = Ended(news.why, now)) return *code;
      }
      if (!seen_ && now - start_ >= options_.timeout) {
        return Failed(absl::DeadlineExceededError(ToAbsl("nothing within " + FormatDuration(options_.timeout))));
      }
      if (reopen_at_ && now >= *reopen_at_) Open();
      if (!reopen_at_ && now - wanted_ >= kWantEvery) Want(now);
      const std::optional<int> code = End(now);
      Draw(now, code.has_value());
      // Whoever read this has gone.
      if (!output_.out.good()) return kOk;
      if (code) return *code;
    }
  }

 private:
  void Open() {
    reopen_at_.reset();
    watch_.Open(options_.inputs);
    wanted_ = world_.clock.Now();
  }

  void Want(SteadyTime now) {
    watch_.Want(options_.inputs);
    wanted_ = now;
  }

  int Failed(const absl::Status& status) { return MetaFailed(output_, status, "watch locality", watch_.address()); }

  void Take(const v1::WatchLocalityResponse& news, SteadyTime now) {
    if (!problem_.empty()) {
      problem_.clear();
      if (!options_.live) output_.err << output_.program << ": locus-meta answers again\n";
    }
    seen_ = true;
    heard_ = now;
    retry_.Reset();
    *picture_.mutable_freshness() = news.freshness();
    nlohmann::ordered_json changed = nlohmann::ordered_json::array();
    for (const v1::InputLocality& input : news.inputs()) {
      if (!Replace(input)) continue;
      dirty_ = true;
      if (output_.ForPrograms()) {
        changed.push_back(InputJson(input));
      } else if (!options_.live) {
        output_.out << Since(now - start_) << "  " << LineOf(input) << "\n" << std::flush;
      }
    }
    if (!changed.empty()) {
      const nlohmann::ordered_json document = {{"elapsed_ms", ToMillis(now - start_).count()},
                                               {"freshness", FreshnessJson(news.freshness())},
                                               {"inputs", std::move(changed)}};
      output_.out << output_.Document(ToAsciiLine(document)) << std::flush;
    }
  }

  // False when it says nothing new, as the first picture after a broken stream often does.
  bool Replace(const v1::InputLocality& input) {
    for (v1::InputLocality& known : *picture_.mutable_inputs()) {
      if (known.input() != input.input()) continue;
      if (google::protobuf::util::MessageDifferencer::Equals(known, input)) return false;
      known = input;
      return true;
    }
    return false;
  }

  // The exit code, when there is no use in another try.
  std::optional<int> Ended(const absl::Status& why, SteadyTime now) {
    const absl::Status told = why.ok() ? Unavailable("it ended the stream") : why;
    const bool hopeless =
        why.code() == absl::StatusCode::kInvalidArgument || why.code() == absl::StatusCode::kUnimplemented;
    if (!seen_ || hopeless) return Failed(told);
    const Duration pause = retry_.Next();
    reopen_at_ = now + pause;
    if (problem_.empty() && !options_.live) {
      output_.err << output_.program << ": the stream from locus-meta at " << SafeText(watch_.address())
                  << " broke: " << SafeText(MessageOf(told)) << "; trying again until it is back\n";
    }
    problem_ = MessageOf(told);
    dirty_ = true;
    return std::nullopt;
  }

  // The exit code, when this is the end.
  std::optional<int> End(SteadyTime now) const {
    if (world_.stop_asked()) return kOk;
    const auto reached = [this](const v1::InputLocality& input) { return Reached(input, *options_.until); };
    if (options_.until && std::all_of(picture_.inputs().begin(), picture_.inputs().end(), reached)) return kOk;
    if (options_.at_most && now - start_ >= *options_.at_most) return options_.until ? kNegative : kOk;
    return std::nullopt;
  }

  std::string Footer(SteadyTime now) const {
    if (!problem_.empty()) {
      return Paint("locus-meta is away: " + SafeText(problem_) + "; trying again. The figures are " +
                       Since(now - heard_) + " old.",
                   Ink::kYellow, style_);
    }
    if (now - heard_ >= kSilence) {
      return Paint("locus-meta has said nothing for " + Since(now - heard_), Ink::kYellow, style_);
    }
    return Paint("watching for " + std::to_string((now - start_) / std::chrono::seconds(1)) + "s; Ctrl-C ends",
                 Ink::kDim, style_);
  }

  void Draw(SteadyTime now, bool last) {
    if (!options_.live || !seen_) return;
    const bool due = last || (drawn_ ? now - *drawn_ >= (dirty_ ? kTick : kWantEvery) : true);
    if (!due) return;
    const Window window = world_.window();
    style_ = output_.style;
    if (window.columns > 0) style_.width = window.columns;
    output_.out << screen_.Draw(
                       WatchFrame(picture_, Footer(now), style_, window.rows > 1 ? window.rows - 1 : kDefaultRows - 1),
                       window)
                << std::flush;
    drawn_ = now;
    dirty_ = false;
  }

  const WatchOptions& options_;
  LocalityWatch& watch_;
  const WatchWorld& world_;
  const Output& output_;
  Backoff retry_;
  const SteadyTime start_;
  v1::GetLocalityResponse picture_;
  // Why the stream is broken; empty while it is not.
  std::string problem_;
  // A picture has come.
  bool seen_ = false;
  SteadyTime heard_;
  SteadyTime wanted_;
  std::optional<SteadyTime> reopen_at_;
  bool dirty_ = false;
  std::optional<SteadyTime> drawn_;
  Style style_;
  WatchScreen screen_;
};

}  // namespace

int RunWatch(const WatchOptions& options, LocalityWatch& watch, const WatchWorld& world, const Output& output) {
  return Watching(options, watch, world, output).Run();
}

}  // namespace locus::ctl
