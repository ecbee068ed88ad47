// The certificates of one use (a listener, a client), kept as the files change.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "common/tls_material.h"

namespace locus {

// Thread-safe. Look is called by a FileKeeper, or by a test.
//
// Files that are of no use (half written, a key that does not fit) leave what was read before in use: that is logged
// once and counted once for each problem, when two looks in a row have met it, as files that are replaced one after the
// other do not fit for a moment.
//
// Metrics, with use="<use>": locus_tls_certificate_expiry_timestamp_seconds, locus_tls_reloads_total,
// locus_tls_reload_failures_total, locus_tls_files_broken, locus_tls_handshake_failures_total (HTTPS alone: gRPC tells
// nobody, and writes to standard error).
class TlsFiles {
 public:
  // Reads the files: errors as of ReadTlsMaterial. `use`: from a small set, for labels and log. `clock` and `metrics`
  // must outlive it.
  static absl::StatusOr<std::shared_ptr<TlsFiles>> Open(const std::string& use, TlsPaths paths, const Clock& clock,
                                                        Metrics& metrics);

  // What is in use. Never null.
  std::shared_ptr<const TlsMaterial> Current() const;
  const std::string& use() const { return use_; }
  const TlsPaths& paths() const { return paths_; }

  // Reads the files again. Also warns, once each, of a certificate that ends soon (less than a tenth of its time is
  // left) and of one that has ended.
  void Look();

  // Counts, and logs the first one and then one in ten seconds at most: strangers must not fill the disk.
  void HandshakeFailed(const std::string& peer, const std::string& problem) const;

  // Called at once with what is in use, and from Look with each change, one call at a time. It must be callable as long
  // as this lives, and must not call this.
  void OnChange(std::function<void(const TlsMaterial&)> listener);

 private:
  TlsFiles(const std::string& use, TlsPaths paths, TlsMaterial material, const Clock& clock, Metrics& metrics);
  void Take(TlsMaterial material) REQUIRES(mutex_);
  void Blame(const std::string& problem) REQUIRES(mutex_);
  void WarnOfEnd() REQUIRES(mutex_);

  const std::string use_;
  const TlsPaths paths_;
  const Clock& clock_;
  Metrics& metrics_;
  const Counter reloads_;
  const Counter failures_;
  const Gauge broken_;
  const Counter handshakes_;
  mutable Mutex mutex_;
  std::shared_ptr<const TlsMaterial> current_ GUARDED_BY(mutex_);
  // What the last look met, and whether it was told; empty: nothing.
  std::string problem_ GUARDED_BY(mutex_);
  bool told_ GUARDED_BY(mutex_) = false;
  enum class Warned { kNothing, kSoon, kEnded } warned_ GUARDED_BY(mutex_) = Warned::kNothing;
  std::vector<std::function<void(const TlsMaterial&)>> listeners_ GUARDED_BY(mutex_);
  mutable std::optional<SteadyTime> handshake_told_ GUARDED_BY(mutex_);
};

}  // namespace locus
