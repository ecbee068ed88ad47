// A bucket of an S3 server, or the part of it below a prefix, as under-store.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cache_worker/origin/http_client.h"
#include "cache_worker/origin/origin.h"
#include "cache_worker/origin/s3_address.h"
#include "cache_worker/origin/s3_credentials.h"
#include "cache_worker/origin/s3_refusal.h"
#include "cache_worker/origin/s3_signature.h"
#include "common/clock.h"

namespace locus::worker {

struct S3Options {
  // Folder of the namespace that shows it: canonical.
  std::string mount = "/";
  S3Address address;
  std::string bucket;
  std::string region;
  // Keys below it are shown; empty, or ends in '/'.
  std::string prefix;
  // Objects in one page of a listing: S3's own bound.
  uint32_t page_size = 1000;
};

// Key "<prefix>a/b" is file "<mount>/a/b". A folder is what keys have in common up to a '/'; one that no key is in is
// there as long as its marker is (a key that ends in '/'). Keys that are no canonical paths ("a//b", "a/../b", markers)
// are left out of listings and counted. A listing follows the server's order of keys, which is the byte order where the
// server does as S3 does.
//
// An object is told from its older self by size, time (whole seconds) and entity tag, and each read compares these as
// the very answer with the bytes tells them. A HEAD has no body to explain a refusal: it is asked for with a GET.
class S3Origin final : public Origin {
 public:
  // Nothing: requests are not signed. Called for each attempt, so that new credentials count at once.
  using CredentialSource = std::function<absl::StatusOr<std::optional<S3Credentials>>()>;

  // `clock` must outlive it.
  S3Origin(S3Options options, std::unique_ptr<HttpClient> client, CredentialSource credentials, const Clock& clock);

  absl::StatusOr<OriginFile> Stat(const std::string& path) override;
  absl::Status List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) override;
  absl::Status Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                        const std::function<bool(const std::string&)>& folder) override;
  absl::Status Read(const Content& content, uint64_t offset, size_t size, char* to) override;
  void Stop() override { client_->Stop(); }

  uint64_t skipped_entries() const override { return skipped_entries_; }

 private:
  struct Question;

  std::string KeyOf(const std::string& path) const;
  // Nothing, and counted: the key is no path.
  std::optional<std::string> PathOf(const std::string& key);
  absl::StatusOr<HttpRequest> Make(const Question& question) const;
  // A refusal is an error.
  absl::StatusOr<HttpResponse> Ask(const Question& question, HttpBody& body);
  absl::Status Refusal(const std::string& path, const HttpResponse& response) const;
  absl::StatusOr<OriginFile> Head(const std::string& path);
  // Calls `page` for each page of the keys below the folder until it returns false; false with no error: there is no
  // such folder.
  absl::StatusOr<bool> Pages(const std::string& path, bool shallow, uint32_t page_size,
                             const std::function<bool(const S3Page&)>& page);
  // False: no more wanted.
  bool TellObjects(const S3Page& page, const std::function<bool(const OriginFile&)>& visit);

  const S3Options options_;
  const std::unique_ptr<HttpClient> client_;
  const CredentialSource credentials_;
  const Clock& clock_;
  std::atomic<uint64_t> skipped_entries_{0};
};

}  // namespace locus::worker
