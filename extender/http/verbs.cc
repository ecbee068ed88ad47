#include "extender/http/verbs.h"

#include <utility>

#include "common/log.h"
#include "extender/decision/decide.h"
#include "extender/http/replies.h"

namespace locus::extender {

namespace {

// Of the largest clusters that Kubernetes is tested with, three times over; what a larger list needed is not kept.
constexpr size_t kKeepNames = 15000;

}  // namespace

// A parser and the arguments in its memory, used for one call after another.
struct Verbs::Workspace {
  ArgsParser parser;
  ExtenderArgs args;
};

class Verbs::Lease {
 public:
  explicit Lease(Verbs& verbs) : verbs_(verbs) {
    {
      MutexLock lock(verbs.mutex_);
      if (!verbs.workspaces_.empty()) {
        workspace_ = std::move(verbs.workspaces_.back());
        verbs.workspaces_.pop_back();
      }
    }
    if (workspace_ == nullptr) workspace_ = std::make_unique<Workspace>();
  }
  ~Lease() {
    workspace_->parser.Shrink();
    if (args().names.capacity() > kKeepNames) std::vector<std::string_view>().swap(args().names);
    MutexLock lock(verbs_.mutex_);
    verbs_.workspaces_.push_back(std::move(workspace_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  std::optional<BadRequest> Parse(std::string_view body, Want want) {
    return workspace_->parser.Parse(body, want, &args());
  }
  ExtenderArgs& args() { return workspace_->args; }

 private:
  Verbs& verbs_;
  std::unique_ptr<Workspace> workspace_;
};

Verbs::Verbs(VerbOptions options, LocalityView& locality, DecisionRing& ring, const CallMetrics& metrics,
             const Clock& clock)
    : options_(options), locality_(locality), ring_(ring), metrics_(metrics), clock_(clock) {}

Verbs::~Verbs() = default;

std::string Verbs::Filter(std::string_view body) {
  const SteadyTime begin = clock_.Now();
  Lease lease(*this);
  const ExtenderArgs& args = lease.args();
  if (const auto bad = lease.Parse(body, Want::kRawNames)) {
    metrics_.Bad(Call::kFilter, bad->reason);
    metrics_.Took(Call::kFilter, clock_.Now() - begin);
    return FilterError("locus: " + bad->text);
  }
  std::string reply = FilterPass(args.raw_names);
  if (!args.pod.IsOurs()) {
    metrics_.Untouched(Call::kFilter);
    metrics_.Took(Call::kFilter, clock_.Now() - begin);
    return reply;
  }
  DecisionRecord record;
  const Wishes wishes = ReadWishes(args.pod, &record.warnings);
  // The scheduler asks for scores some milliseconds after the filter: news that is under way by then is not waited for.
  record.news = locality_.Look(wishes.inputs, Duration::zero()).news;
  KeepInputs(wishes.inputs, record);
  record.share_bytes = wishes.share.value_or(0);
  Record(Call::kFilter, args, begin, std::move(record));
  return reply;
}

std::string Verbs::Prioritize(std::string_view body) {
  const SteadyTime begin = clock_.Now();
  Lease lease(*this);
  const ExtenderArgs& args = lease.args();
  const auto bad = lease.Parse(body, Want::kNamesIfOurs);
  if (bad || !args.pod.IsOurs()) {
    if (bad) {
      metrics_.Bad(Call::kPrioritize, bad->reason);
      LogDebug("a prioritize call cannot be used", {{"reason", bad->text}});
    } else {
      metrics_.Untouched(Call::kPrioritize);
    }
    metrics_.Took(Call::kPrioritize, clock_.Now() - begin);
    return "[]";
  }
  DecisionRecord record;
  const Wishes wishes = ReadWishes(args.pod, &record.warnings);
  for (const AnnotationProblem& problem : wishes.problems) metrics_.BadAnnotation(problem.annotation);
  const LocalityAnswer answer = locality_.Look(wishes.inputs, options_.budget);
  const Verdict verdict = Decide({&answer, &args.names, wishes.share, options_.max_age}, options_.scoring);
  WarnOfUnknown(args.pod, answer);
  std::string reply = Priorities(verdict, args.names, !args.escaped_names);
  KeepInputs(answer, record);
  KeepVerdict(verdict, options_.explained_nodes, record);
  Record(Call::kPrioritize, args, begin, std::move(record));
  return reply;
}

Wishes Verbs::ReadWishes(const PodArgs& pod, std::vector<std::string>* warnings) const {
  Wishes wishes = ParseAnnotations(pod.annotations);
  for (const AnnotationProblem& problem : wishes.problems) {
    warnings->push_back(std::string(kAnnotationPrefix) +
                        std::string(kAnnotationNames[static_cast<size_t>(problem.annotation)]) + ": " + problem.text);
  }
  if (wishes.policy != Policy::kPrefer) {
    warnings->push_back("locus.dev/policy: only prefer is in effect: nothing waits and no node is refused");
  }
  return wishes;
}

void Verbs::WarnOfUnknown(const PodArgs& pod, const LocalityAnswer& answer) {
  for (const auto& picture : answer.inputs) {
    const bool unknown = picture->state == InputState::kUnknown || picture->state == InputState::kInvalid;
    if (!unknown || !warned_inputs_.ShouldWarn(picture->input, clock_.Now())) continue;
    LogWarning("a pod names an input that nobody knows", {{"input", picture->input},
                                                          {"problem", picture->problem},
                                                          {"namespace", pod.namespace_name},
                                                          {"pod", pod.name}});
  }
}

void Verbs::Record(Call call, const ExtenderArgs& args, SteadyTime begin, DecisionRecord record) {
  record.call = call;
  record.pod.namespace_name = args.pod.namespace_name;
  record.pod.name = args.pod.name;
  record.pod.uid = args.pod.uid;
  record.pod.application = args.pod.application;
  record.offered_nodes = args.name_count;
  record.time = clock_.WallNow();
  record.duration = clock_.Now() - begin;
  metrics_.Decided(record.outcome, record.reason);
  metrics_.Took(call, record.duration);
  ring_.Add(std::make_shared<const DecisionRecord>(std::move(record)));
}

}  // namespace locus::extender
