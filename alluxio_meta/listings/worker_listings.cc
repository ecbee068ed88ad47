#include "alluxio_meta/listings/worker_listings.h"

#include <array>
#include <string>

#include "common/status.h"

namespace locus::meta {
namespace {

// How often silent workers are looked for while somebody waits.
constexpr Duration kLook = std::chrono::milliseconds(100);
constexpr Duration kIdle = std::chrono::hours(1);

constexpr std::array<const char*, 3> kKindNames = {"look", "folder", "tree"};

}  // namespace

struct WorkerListings::Figures {
  explicit Figures(Metrics& metrics)
      : kept(Asked(metrics, "kept")),
        joined(Asked(metrics, "joined")),
        fresh(Asked(metrics, "asked")),
        found(Ended(metrics, "found")),
        absent(Ended(metrics, "absent")),
        failed(Ended(metrics, "failed")),
        too_large(Ended(metrics, "too_large")),
        retries(metrics.GetCounter("locus_meta_listing_retries_total",
                                   "Workers that failed at a question about a path, so that another one was asked.")),
        malformed(metrics.GetCounter("locus_meta_listing_malformed_total",
                                     "Entries in workers' answers about a path that were left out.")),
        under_way(metrics.GetGauge("locus_meta_listing_questions_under_way",
                                   "Questions about a path that are at workers now.")) {
    for (size_t kind = 0; kind < kKindNames.size(); ++kind) {
      seconds.push_back(metrics.GetHistogram(
          "locus_meta_listing_seconds", "Time until the workers had answered a question about a path.",
          {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30},
          {{"kind", kKindNames[kind]}}));
    }
  }

  static Counter Asked(Metrics& metrics, const char* how) {
    return metrics.GetCounter("locus_meta_listing_questions_total",
                              "Questions about a path at this moment, by where the answer comes from: a worker is "
                              "asked, one that is under way is joined, or one of a moment ago is kept.",
                              {{"from", how}});
  }
  static Counter Ended(Metrics& metrics, const char* outcome) {
    return metrics.GetCounter("locus_meta_listing_answers_total", "Answers of workers to such questions.",
                              {{"outcome", outcome}});
  }

  const Counter kept, joined, fresh;
  const Counter found, absent, failed, too_large;
  const Counter retries, malformed;
  const Gauge under_way;
  std::vector<Histogram> seconds;
};

WorkerListings::WorkerListings(ListingLimits limits, Numbers numbers, const Clock& clock, Metrics& metrics)
    : limits_(limits),
      numbers_(std::move(numbers)),
      clock_(clock),
      figures_(std::make_unique<const Figures>(metrics)),
      book_(limits),
      kept_(limits.ttl) {
  metrics.OnRender([this] {
    MutexLock lock(mutex_);
    figures_->under_way.Set(static_cast<double>(book_.under_way()));
  });
  thread_ = std::thread([this] { Run(); });
}

WorkerListings::~WorkerListings() { Stop(); }

void WorkerListings::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
  std::map<QuestionBook::Ticket, Done> waiting;
  {
    MutexLock lock(mutex_);
    waiting.swap(waiting_);
  }
  for (auto& [ticket, done] : waiting) done(Unavailable("locus-meta is stopping"));
}

void WorkerListings::Ask(const ListingQuestion& question, Done done) {
  // Not under our lock: the catalog has its own.
  const uint64_t number = numbers_();
  std::vector<Sending> orders;
  std::shared_ptr<const PathListing> known;
  bool stopped = false;
  {
    MutexLock lock(mutex_);
    const SteadyTime now = clock_.Now();
    known = kept_.Find(question, now);
    stopped = stopping_;
    if (known == nullptr && !stopped) {
      waiting_[++last_ticket_] = std::move(done);
      const bool is_new = book_.Ask(question, last_ticket_, number, now);
      (is_new ? figures_->fresh : figures_->joined).Increment();
      if (is_new) orders = PlanLocked();
    }
  }
  Send(orders);
  if (known != nullptr) {
    figures_->kept.Increment();
    done(std::move(known));
  } else if (stopped) {
    done(Unavailable("locus-meta is stopping"));
  }
}

std::vector<WorkerListings::Sending> WorkerListings::PlanLocked() {
  std::vector<Sending> orders;
  for (QuestionBook::Order& order : book_.Plan(clock_.Now())) {
    orders.emplace_back(links_.at(order.stream), std::move(order));
  }
  stirred_ = true;
  changed_.NotifyAll();
  return orders;
}

void WorkerListings::Send(const std::vector<Sending>& orders) {
  for (const auto& [link, order] : orders) link->AskPath(order);
}

void WorkerListings::Opened(uint64_t stream, std::shared_ptr<ListingLink> link) {
  std::vector<Sending> orders;
  {
    MutexLock lock(mutex_);
    links_[stream] = std::move(link);
    book_.Opened(stream);
    orders = PlanLocked();
  }
  Send(orders);
}

void WorkerListings::Closed(uint64_t stream) {
  std::vector<Sending> orders;
  {
    MutexLock lock(mutex_);
    links_.erase(stream);
    book_.Closed(stream);
    orders = PlanLocked();
  }
  Send(orders);
}

bool WorkerListings::Part(uint64_t stream, AnswerPart part) {
  std::vector<Sending> orders;
  bool wanted = false;
  {
    MutexLock lock(mutex_);
    wanted = book_.Part(stream, std::move(part), clock_.Now());
    orders = PlanLocked();
  }
  Send(orders);
  return wanted;
}

void WorkerListings::Run() {
  for (;;) {
    std::vector<QuestionBook::Ended> ended;
    std::vector<Sending> orders;
    {
      MutexLock lock(mutex_);
      changed_.WaitFor(mutex_, book_.under_way() == 0 ? kIdle : kLook,
                       [this]() REQUIRES(mutex_) { return stopping_ || stirred_; });
      if (stopping_) return;
      stirred_ = false;
      book_.Expire(clock_.Now());
      for (QuestionBook::Order& order : book_.Plan(clock_.Now())) {
        orders.emplace_back(links_.at(order.stream), std::move(order));
      }
      ended = book_.TakeEnded();
      figures_->retries.Increment(static_cast<double>(book_.retries() - told_retries_));
      figures_->malformed.Increment(static_cast<double>(book_.malformed() - told_malformed_));
      told_retries_ = book_.retries();
      told_malformed_ = book_.malformed();
    }
    Send(orders);
    for (QuestionBook::Ended& one : ended) Finish(std::move(one));
  }
}

void WorkerListings::Finish(QuestionBook::Ended ended) {
  QuestionBook::Tidy(ended.question, &ended.listing);
  const Answer answer = ended.status.ok() ? Answer(std::make_shared<const PathListing>(std::move(ended.listing)))
                                          : Answer(Annotate(ended.status, ended.question.path));
  std::vector<Done> waiting;
  {
    MutexLock lock(mutex_);
    if (answer.ok()) kept_.Keep(ended.question, ended.begun, *answer);
    for (const QuestionBook::Ticket ticket : ended.tickets) {
      const auto place = waiting_.find(ticket);
      if (place == waiting_.end()) continue;
      waiting.push_back(std::move(place->second));
      waiting_.erase(place);
    }
  }
  figures_->seconds[static_cast<size_t>(ended.question.kind)].Observe(ToSeconds(clock_.Now() - ended.begun));
  const Counter& outcome = answer.ok() ? ((*answer)->found ? figures_->found : figures_->absent)
                           : absl::IsResourceExhausted(answer.status()) ? figures_->too_large
                                                                        : figures_->failed;
  outcome.Increment();
  for (const Done& done : waiting) done(answer);
}

}  // namespace locus::meta
