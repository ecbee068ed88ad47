#include "extender/http/verbs.h"

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "extender/decision/decide.h"
#include "extender/decision/holdings.h"
#include "extender/http/replies.h"

namespace locus::extender {

namespace {

// An event's note is cut at 1024 bytes anyway.
constexpr size_t kMaxProblemBytes = 1024;

void Warn(const Wishes& wishes, DecisionRecord& record) {
  for (const AnnotationProblem& problem : wishes.problems) {
    std::string text = std::string(kAnnotationPrefix) +
                       std::string(kAnnotationNames[static_cast<size_t>(problem.annotation)]) + ": " + problem.text;
    if (record.annotation_problem.size() + text.size() < kMaxProblemBytes) {
      record.annotation_problem += (record.annotation_problem.empty() ? "" : "; ") + text;
    }
    record.warnings.push_back(std::move(text));
  }
}

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

  std::optional<BadRequest> Parse(std::string_view body, const ChooseWant& choose) {
    return workspace_->parser.Parse(body, choose, &args());
  }
  ExtenderArgs& args() { return workspace_->args; }

 private:
  Verbs& verbs_;
  std::unique_ptr<Workspace> workspace_;
};

Verbs::Verbs(VerbOptions options, VerbDependencies dependencies) : options_(options), use_(dependencies) {}

Verbs::~Verbs() = default;

std::string Verbs::Filter(std::string_view body) {
  const SteadyTime begin = use_.clock.Now();
  Lease lease(*this);
  const ExtenderArgs& args = lease.args();
  AskedPod asked;
  const auto bad = lease.Parse(body, [this, &asked](const PodArgs& pod) {
    asked = Understand(pod, use_.cluster);
    return asked.ours && asked.wishes.policy != Policy::kPrefer ? Want::kNames : Want::kRawNames;
  });
  if (bad) {
    CountBad(Call::kFilter, *bad);
    use_.metrics.Took(Call::kFilter, use_.clock.Now() - begin);
    return FilterError("locus: " + bad->text);
  }
  if (!asked.ours) {
    use_.metrics.Untouched(Call::kFilter);
    use_.metrics.Took(Call::kFilter, use_.clock.Now() - begin);
    return FilterPass(args.raw_names);
  }
  DecisionRecord record;
  Warn(asked.wishes, record);
  std::string reply;
  if (asked.wishes.policy != Policy::kPrefer) {
    reply = FilterStrictly(args, asked, record);
  } else {
    // The scheduler asks for scores some milliseconds after the filter: news that is under way by then is not waited
    // for.
    record.news = use_.locality.Look(asked.wishes.inputs, Duration::zero()).news;
    KeepInputs(asked.wishes.inputs, record);
    record.share_bytes = asked.wishes.share.value_or(0);
    reply = FilterPass(args.raw_names);
  }
  Record(Call::kFilter, args, begin, std::move(record));
  return reply;
}

std::string Verbs::FilterStrictly(const ExtenderArgs& args, const AskedPod& asked, DecisionRecord& record) {
  Situation situation;
  Judge(Call::kFilter, args, asked, situation, record);
  record.outcome = Outcome::kPassed;
  if (situation.verdict.outcome != Outcome::kDegraded) record.reason = Reason::kNone;
  const bool planned = !args.pod.planned_node.empty();
  Sieve sieve = Sift(situation.verdict, asked.wishes, planned, args.names.size(), options_.sift);
  if (sieve.uncached) record.reason = Reason::kUncached;
  if (sieve.passes == Sieve::Passes::kNone) {
    record.reason = WhyNotRefused(args.pod, asked.wishes);
    if (record.reason != Reason::kNone) return FilterPass(args.raw_names);
    sieve.pass.assign(args.names.size(), false);
  } else {
    use_.refusals.Passed(args.pod.uid);
  }
  if (sieve.passes == Sieve::Passes::kAll) return FilterPass(args.raw_names);
  const bool waits = asked.wishes.policy == Policy::kWait;
  record.outcome = sieve.passes == Sieve::Passes::kSome ? Outcome::kSifted : Outcome::kRefused;
  record.reason = waits ? Reason::kWaiting : Reason::kRequired;
  if (std::count(sieve.pass.begin(), sieve.pass.end(), true) == 1) {
    // The scheduler takes the only node without asking for scores.
    const auto only = std::find(sieve.pass.begin(), sieve.pass.end(), true) - sieve.pass.begin();
    Assume(args, asked, static_cast<uint32_t>(only));
  }
  return FilterSome(args.names, sieve.pass, waits ? kWaitText : kRequireText, !args.escaped_names);
}

Reason Verbs::WhyNotRefused(const PodArgs& pod, const Wishes& wishes) {
  // The scheduler would evict others from nodes that we are not even asked about, only for the pod to be refused there
  // as well (docs/kube-scheduler.md).
  if (pod.may_evict) return Reason::kMayEvict;
  RefusalQuestion question;
  question.uid = pod.uid;
  question.created = pod.created.value_or(use_.clock.WallNow());
  question.wishes = &wishes;
  question.wake = pod.wake;
  question.planned_node = pod.planned_node;
  switch (use_.refusals.MayRefuse(question)) {
    case Refusal::kRefuse: return Reason::kNone;
    case Refusal::kOver: return Reason::kWaitIsOver;
    case Refusal::kNoWish:
    case Refusal::kTooMany:
    case Refusal::kNobodyWakes: break;
  }
  return Reason::kCannotWait;
}

std::string Verbs::Prioritize(std::string_view body) {
  const SteadyTime begin = use_.clock.Now();
  Lease lease(*this);
  const ExtenderArgs& args = lease.args();
  AskedPod asked;
  const auto bad = lease.Parse(body, [this, &asked](const PodArgs& pod) {
    asked = Understand(pod, use_.cluster);
    return asked.ours ? Want::kNames : Want::kNothing;
  });
  if (bad || !asked.ours) {
    if (bad) {
      CountBad(Call::kPrioritize, *bad);
    } else {
      use_.metrics.Untouched(Call::kPrioritize);
    }
    use_.metrics.Took(Call::kPrioritize, use_.clock.Now() - begin);
    return "[]";
  }
  DecisionRecord record;
  Warn(asked.wishes, record);
  for (const AnnotationProblem& problem : asked.wishes.problems) use_.metrics.BadAnnotation(problem.annotation);
  Situation situation;
  Judge(Call::kPrioritize, args, asked, situation, record);
  if (const auto choice = LikelyChoice(situation.verdict, HashName(args.pod.uid))) Assume(args, asked, *choice);
  if (situation.verdict.best_not_offered) use_.metrics.BestNotOffered();
  WarnOfUnknown(args.pod, situation.answer);
  std::string reply = Priorities(situation.verdict, args.names, !args.escaped_names);
  Record(Call::kPrioritize, args, begin, std::move(record));
  return reply;
}

void Verbs::Judge(Call call, const ExtenderArgs& args, const AskedPod& asked, Situation& situation,
                  DecisionRecord& record) {
  situation.answer = use_.locality.Look(asked.wishes.inputs, options_.budget);
  situation.holdings = Gather(situation.answer, options_.max_age);
  std::vector<std::string_view> holders;
  holders.reserve(situation.holdings.nodes.size());
  for (const HeldNode& node : situation.holdings.nodes) holders.push_back(node.node);
  situation.around = use_.cluster.Look({args.pod.namespace_name, args.pod.name, args.pod.uid}, asked.group, holders);
  Question question;
  question.holdings = &situation.holdings;
  question.loads = situation.answer.loads.get();
  question.offered = &args.names;
  question.share_bytes = asked.wishes.share;
  question.layout = asked.wishes.layout;
  question.around = situation.around.synced ? &situation.around : nullptr;
  question.in_group = situation.around.synced && !IsLone(asked.group);
  question.planned_node = args.pod.planned_node;
  question.score_near = call == Call::kPrioritize;
  question.salt = HashName(args.pod.uid);
  situation.verdict = Decide(question, options_.scoring);
  KeepInputs(situation.answer, record);
  KeepVerdict(situation.verdict, args.names, options_.explained_nodes, record);
}

void Verbs::Assume(const ExtenderArgs& args, const AskedPod& asked, uint32_t offered) {
  use_.cluster.Assume({args.pod.namespace_name, args.pod.name, args.pod.uid}, asked.group, args.names[offered]);
}

void Verbs::CountBad(Call call, const BadRequest& bad) {
  use_.metrics.Bad(call, bad.reason);
  const std::string verb(kCallWords[static_cast<size_t>(call)]);
  const std::string reason(kBadReasonWords[static_cast<size_t>(bad.reason)]);
  if (!warned_calls_.ShouldWarn(verb + " " + reason, use_.clock.Now())) return;
  LogWarning("calls of the scheduler cannot be used", {{"verb", verb}, {"reason", reason}, {"text", bad.text}});
}

void Verbs::WarnOfUnknown(const PodArgs& pod, const LocalityAnswer& answer) {
  for (const auto& picture : answer.inputs) {
    const bool unknown = picture->state == InputState::kUnknown || picture->state == InputState::kInvalid;
    if (!unknown || !warned_inputs_.ShouldWarn(picture->input, use_.clock.Now())) continue;
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
  record.time = use_.clock.WallNow();
  record.duration = use_.clock.Now() - begin;
  use_.metrics.Decided(record.outcome, record.reason);
  use_.metrics.Took(call, record.duration);
  const auto kept = std::make_shared<const DecisionRecord>(std::move(record));
  use_.ring.Add(kept);
  use_.listener.Decided(*kept);
}

}  // namespace locus::extender
