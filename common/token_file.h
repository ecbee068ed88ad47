// Bearer tokens (RFC 6750) from a file, kept as the file changes: those that a server takes, or the one that a client
// shows.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/digest.h"
#include "common/metrics.h"
#include "common/mutex.h"

namespace locus {

// One token a line; empty lines and lines that begin with # are passed over. A token has 16 to 4096 characters of
// RFC 6750's alphabet; a file has 1 to 64 of them.
absl::StatusOr<std::vector<std::string>> ParseTokens(std::string_view text);

// The token of an Authorization field, or an empty text.
std::string_view BearerOf(std::string_view authorization);

// Thread-safe. A file that is of no use leaves the earlier tokens in use, which is logged and counted once for each
// problem: locus_token_reload_failures_total{use}.
class TokenFile {
 public:
  // NOT_FOUND, UNAVAILABLE, INVALID_ARGUMENT name the file. `metrics` must outlive it.
  static absl::StatusOr<std::shared_ptr<TokenFile>> Open(const std::string& use, const std::string& path,
                                                         Metrics& metrics);

  // Takes as long for a token that is nearly right as for one that is not.
  bool Accepts(std::string_view token) const;
  // The first one: what a client shows.
  std::string First() const;
  // Reads the file again.
  void Look();

 private:
  TokenFile(const std::string& use, const std::string& path, Metrics& metrics);
  absl::StatusOr<std::vector<std::string>> Read() const;
  void Take(const std::vector<std::string>& tokens) REQUIRES(mutex_);

  const std::string use_;
  const std::string path_;
  const Counter failures_;
  mutable Mutex mutex_;
  std::string first_ GUARDED_BY(mutex_);
  std::vector<Digest> digests_ GUARDED_BY(mutex_);
  std::string problem_ GUARDED_BY(mutex_);
};

}  // namespace locus
