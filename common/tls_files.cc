#include "common/tls_files.h"

#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus {
namespace {

// Renewal is due when a third is left (cert-manager's default): at a tenth it has failed for a while.
constexpr int kSoonShare = 10;
constexpr Duration kHandshakeLogPause = std::chrono::seconds(10);

double SecondsOf(WallTime time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

}  // namespace

absl::StatusOr<std::shared_ptr<TlsFiles>> TlsFiles::Open(const std::string& use, TlsPaths paths, const Clock& clock,
                                                         Metrics& metrics) {
  LOCUS_ASSIGN_OR_RETURN(TlsMaterial material, ReadTlsMaterial(paths));
  return std::shared_ptr<TlsFiles>(new TlsFiles(use, std::move(paths), std::move(material), clock, metrics));
}

TlsFiles::TlsFiles(const std::string& use, TlsPaths paths, TlsMaterial material, const Clock& clock, Metrics& metrics)
    : use_(use),
      paths_(std::move(paths)),
      clock_(clock),
      metrics_(metrics),
      reloads_(
          metrics.GetCounter("locus_tls_reloads_total", "Changed certificate files taken into use.", {{"use", use}})),
      failures_(metrics.GetCounter("locus_tls_reload_failures_total",
                                   "Changed certificate files that were of no use; the earlier ones stay in use.",
                                   {{"use", use}})),
      broken_(metrics.GetGauge("locus_tls_files_broken",
                               "1 while certificate files are of no use and earlier ones are in use.", {{"use", use}})),
      handshakes_(metrics.GetCounter("locus_tls_handshake_failures_total",
                                     "HTTPS connections that ended before hands were shaken.", {{"use", use}})) {
  MutexLock lock(mutex_);
  Take(std::move(material));
  WarnOfEnd();
}

std::shared_ptr<const TlsMaterial> TlsFiles::Current() const {
  MutexLock lock(mutex_);
  return current_;
}

void TlsFiles::OnChange(std::function<void(const TlsMaterial&)> listener) {
  MutexLock lock(mutex_);
  listener(*current_);
  listeners_.push_back(std::move(listener));
}

void TlsFiles::Look() {
  absl::StatusOr<TlsMaterial> material = ReadTlsMaterial(paths_);
  MutexLock lock(mutex_);
  if (!material.ok()) {
    Blame(MessageOf(material.status()));
  } else {
    if (told_) LogInfo("certificate files are in order again", {{"use", use_}});
    problem_.clear();
    told_ = false;
    broken_.Set(0);
    if (!material->SameTexts(*current_)) {
      Take(*std::move(material));
      reloads_.Increment();
      LogInfo("took changed certificate files into use", {{"use", use_}, {"certificate", paths_.certificate}});
      for (const auto& listener : listeners_) listener(*current_);
    }
  }
  WarnOfEnd();
}

void TlsFiles::HandshakeFailed(const std::string& peer, const std::string& problem) const {
  handshakes_.Increment();
  const SteadyTime now = clock_.Now();
  MutexLock lock(mutex_);
  if (handshake_told_ && now - *handshake_told_ < kHandshakeLogPause) return;
  handshake_told_ = now;
  LogWarning("a TLS connection was refused", {{"use", use_}, {"peer", peer}, {"problem", problem}});
}

void TlsFiles::Take(TlsMaterial material) {
  current_ = std::make_shared<const TlsMaterial>(std::move(material));
  warned_ = Warned::kNothing;
  if (!current_->ends) return;
  metrics_
      .GetGauge("locus_tls_certificate_expiry_timestamp_seconds",
                "When the certificate in use ends, in seconds since 1970; the earliest of its chain.", {{"use", use_}})
      .Set(SecondsOf(*current_->ends));
}

void TlsFiles::Blame(const std::string& problem) {
  if (problem != problem_) {
    // Perhaps only half of a change has arrived.
    problem_ = problem;
    told_ = false;
    return;
  }
  if (told_) return;
  told_ = true;
  broken_.Set(1);
  failures_.Increment();
  LogError("certificate files are of no use: the earlier ones stay in use", {{"use", use_}, {"problem", problem}});
}

void TlsFiles::WarnOfEnd() {
  if (!current_->ends) return;
  const WallTime now = clock_.WallNow();
  const auto left = *current_->ends - now;
  if (left <= WallTime::duration::zero()) {
    if (warned_ != Warned::kEnded) {
      LogError("a certificate has ended: connections are refused until its files are renewed",
               {{"use", use_}, {"certificate", paths_.certificate}, {"seconds_ago", -left / std::chrono::seconds(1)}});
    }
    warned_ = Warned::kEnded;
  } else if (left < (*current_->ends - *current_->begins) / kSoonShare && warned_ == Warned::kNothing) {
    LogWarning("a certificate ends soon and has not been renewed",
               {{"use", use_}, {"certificate", paths_.certificate}, {"seconds_left", left / std::chrono::seconds(1)}});
    warned_ = Warned::kSoon;
  }
}

}  // namespace locus
