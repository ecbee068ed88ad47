// One HTTP exchange as origins see it: the port behind which libcurl stands.
#pragma once

#include <cstddef>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace locus::worker {

// Of the body of a refusal: enough for what S3 says in XML.
inline constexpr size_t kMaxErrorText = size_t{64} << 10;

struct HttpRequest {
  // HEAD rather than GET.
  bool head = false;
  // Absolute and percent-encoded.
  std::string url;
  // Name and value, neither with a line's end.
  std::vector<std::pair<std::string, std::string>> headers;
};

struct HttpResponse {
  int status = 0;
  // Names in lower case, values without blanks around; of a name that stands twice, the last.
  std::map<std::string, std::string, std::less<>> headers;
  // The body of an answer other than 200 and 206, cut at kMaxErrorText.
  std::string error_text;

  // Empty: there is none.
  std::string_view Header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : found->second;
  }
};

// Where the body of a 200 or 206 goes: into a buffer of the caller's, or a text that grows; either way bounded. Not
// thread-safe; the caller's memory must outlive it.
class HttpBody {
 public:
  // Takes nothing: for HEAD.
  HttpBody() = default;
  HttpBody(char* to, size_t capacity) : to_(to), max_(capacity) {}
  HttpBody(std::string* to, size_t max) : text_(to), max_(max) {}

  // False: it does not fit, and what follows is worthless.
  bool Append(std::string_view bytes) {
    if (bytes.size() > max_ - size_) {
      overflown_ = true;
      return false;
    }
    if (text_ != nullptr) text_->append(bytes);
    if (to_ != nullptr) std::memcpy(to_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return true;
  }
  // Before another attempt.
  void Clear() {
    if (text_ != nullptr) text_->clear();
    size_ = 0;
    overflown_ = false;
  }
  size_t size() const { return size_; }
  size_t max() const { return max_; }
  // More came than fits; the rest was not waited for.
  bool overflown() const { return overflown_; }

 private:
  char* to_ = nullptr;
  std::string* text_ = nullptr;
  size_t max_ = 0;
  size_t size_ = 0;
  bool overflown_ = false;
};

// Thread-safe.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // One request and its answer, whatever the status; redirects are answers too. UNAVAILABLE, with what to check: no
  // answer, or not a whole one. CANCELLED after Stop. A body that does not fit is no error here: see `body`.
  virtual absl::StatusOr<HttpResponse> Exchange(const HttpRequest& request, HttpBody& body) = 0;

  // Ends the exchanges under way at once, and all later ones.
  virtual void Stop() = 0;
};

}  // namespace locus::worker
