// Certificates, keys and authorities: read from PEM files as a whole, and checked before anybody uses them.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace locus {

// Where they are; empty: none. A certificate has a key, and a key a certificate.
struct TlsPaths {
  // The own certificate, and after it those that lead to an authority.
  std::string certificate;
  std::string key;
  // The authorities whose certificates the other side may show.
  std::string authorities;
};

// A value; PEM texts that OpenSSL has parsed, a key that fits its certificate.
struct TlsMaterial {
  std::string certificate;
  std::string key;
  std::string authorities;
  // Of the own chain: the time from which all of it, and up to which all of it, is valid. Absent without one.
  std::optional<WallTime> begins;
  std::optional<WallTime> ends;

  bool SameTexts(const TlsMaterial& other) const {
    return certificate == other.certificate && key == other.key && authorities == other.authorities;
  }
};

// Reads the files once. An expired certificate is no error here: those that are to trust it say so. Thread-safe.
// NOT_FOUND and UNAVAILABLE (a file cannot be read), INVALID_ARGUMENT (no PEM, no certificate, an encrypted or foreign
// key, over 1 MiB); the text names the file and what to do.
absl::StatusOr<TlsMaterial> ReadTlsMaterial(const TlsPaths& paths);

// A whole file of at most `max_bytes`. NOT_FOUND, UNAVAILABLE, INVALID_ARGUMENT (longer) name it.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes);

}  // namespace locus
