// A plain HTTP(S) server as under-store.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/origin/http_client.h"
#include "cache_worker/origin/origin.h"

namespace locus::worker {

struct HttpOriginOptions {
  // Folder of the namespace that shows it: canonical.
  std::string mount = "/";
  // http(s)://host[:port][/folder], without a slash at the end.
  std::string url;
  // Below url; empty: no listings.
  std::string manifest;
  // File with a bearer token; empty: none.
  std::string token_file;
};

// File "<mount>/a/b" is "<url>/a/b". HTTP knows no folders: Stat of one says NOT_FOUND, or INVALID_ARGUMENT where the
// server redirects to the same URL with a slash.
//
// A file is told from its older self by length, Last-Modified and ETag, and each read compares these as the very answer
// with the bytes tells them.
//
// A listing reads the manifest and asks for each file's head, one after another. Lines of the manifest that are no
// canonical paths, and files that are not there, are left out and counted; the manifest itself is never listed. A
// server that is out of reach ends the listing.
class HttpOrigin final : public Origin {
 public:
  HttpOrigin(HttpOriginOptions options, std::unique_ptr<HttpClient> client);

  absl::StatusOr<OriginFile> Stat(const std::string& path) override;
  absl::Status List(const std::string& path, const std::function<bool(const OriginFile&)>& visit) override;
  absl::Status Children(const std::string& path, const std::function<bool(const OriginFile&)>& file,
                        const std::function<bool(const std::string&)>& folder) override;
  absl::Status Read(const Content& content, uint64_t offset, size_t size, char* to) override;
  void Stop() override { client_->Stop(); }

  uint64_t skipped_entries() const override { return skipped_entries_; }

 private:
  std::string UrlOf(const std::string& path) const;
  absl::StatusOr<HttpRequest> Make(bool head, const std::string& path, const std::string& range) const;
  // Sorted paths of the namespace at or below `path`. NOT_FOUND: there are none.
  absl::StatusOr<std::vector<std::string>> Manifest(const std::string& path);
  // False: no more wanted, or the listing is over with an error in `status`.
  bool Tell(const std::string& path, const std::function<bool(const OriginFile&)>& visit, absl::Status* status);

  const HttpOriginOptions options_;
  const std::unique_ptr<HttpClient> client_;
  std::atomic<uint64_t> skipped_entries_{0};
};

}  // namespace locus::worker
