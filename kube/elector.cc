#include "kube/elector.h"

#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus::kube {

Elector::Elector(std::unique_ptr<Writer> writer, ElectorOptions options, const Clock& clock,
                 std::function<void()> on_change)
    : writer_(std::move(writer)),
      options_(std::move(options)),
      clock_(clock),
      on_change_(std::move(on_change)),
      random_(options_.seed),
      state_(options_.election) {}

Elector::~Elector() { Stop(); }

void Elector::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Elector::Stop() {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
    // The thread ends its call, and gives the Lease back with another one.
    changed_.WaitFor(mutex_, options_.release_within, [this] { return done_; });
  }
  writer_->Stop();
  thread_.join();
}

bool Elector::Leading() const {
  const SteadyTime now = clock_.Now();
  MutexLock lock(mutex_);
  return !stopping_ && state_.Leading(now);
}

bool Elector::SomebodyLeads() const {
  const SteadyTime now = clock_.Now();
  MutexLock lock(mutex_);
  return !stopping_ && state_.SomebodyLeads(now);
}

std::string Elector::holder() const {
  MutexLock lock(mutex_);
  return state_.holder();
}

std::string Elector::problem() const {
  MutexLock lock(mutex_);
  return problem_;
}

void Elector::Run() {
  for (;;) {
    ElectionState::Step step;
    {
      MutexLock lock(mutex_);
      if (stopping_) break;
      step = state_.Next(clock_.Now(), clock_.WallNow());
      if (step.kind == ElectionState::Step::Kind::kWait) {
        changed_.WaitFor(mutex_, step.wait, [this] { return stopping_; });
        continue;
      }
    }
    if (step.kind == ElectionState::Step::Kind::kRead) {
      Read();
    } else {
      Write(step.lease);
    }
  }
  Release();
  MutexLock lock(mutex_);
  done_ = true;
  changed_.NotifyAll();
}

void Elector::Read() {
  const absl::StatusOr<Lease> read = writer_->GetLease(options_.space, options_.name);
  {
    MutexLock lock(mutex_);
    state_.ReadDone(read, clock_.Now(), Jitter());
  }
  // No Lease yet is no problem.
  Note(absl::IsNotFound(read.status()) ? absl::OkStatus() : read.status());
}

void Elector::Write(const Lease& lease) {
  const SteadyTime asked = clock_.Now();
  const absl::StatusOr<Lease> written = writer_->PutLease(options_.space, options_.name, lease);
  {
    MutexLock lock(mutex_);
    state_.WriteDone(written, asked, clock_.Now(), Jitter());
  }
  // Nor is it one to be beaten.
  Note(absl::IsAborted(written.status()) ? absl::OkStatus() : written.status());
}

void Elector::Release() {
  std::optional<Lease> lease;
  {
    MutexLock lock(mutex_);
    lease = state_.Release(clock_.WallNow());
  }
  if (!lease) return;
  const absl::StatusOr<Lease> released = writer_->PutLease(options_.space, options_.name, *lease);
  if (released.ok()) {
    LogInfo("gave the lead back", {{"lease", options_.name}});
  } else {
    LogWarning("could not give the lead back; a successor waits for the lease to run out",
               {{"lease", options_.name}, {"reason", MessageOf(released.status())}});
  }
}

void Elector::Note(const absl::Status& status) {
  bool first_problem = false;
  bool leads = false;
  std::string holder;
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    leads = state_.Leading(clock_.Now());
    holder = state_.holder();
    first_problem = !status.ok() && problem_.empty();
    problem_ =
        status.ok() ? "" : "cannot use the Lease " + options_.space + "/" + options_.name + ": " + MessageOf(status);
  }
  // An outage is told once, not at each attempt.
  if (first_problem)
    LogWarning("the election does not go on", {{"lease", options_.name}, {"reason", MessageOf(status)}});
  if (leads == led_ && holder == told_holder_) return;
  if (leads != led_) LogInfo(leads ? "leads" : "leads no more", {{"lease", options_.name}, {"holder", holder}});
  led_ = leads;
  told_holder_ = std::move(holder);
  if (on_change_) on_change_();
}

}  // namespace locus::kube
