// TokenReview over HTTPS.
#pragma once

#include <string>

#include "common/clock.h"
#include "kube/credentials.h"
#include "kube/https_client.h"
#include "kube/token_reviewer.h"

namespace locus::kube {

struct HttpTokenReviewerOptions {
  std::string user_agent = "locus";
  Duration call_timeout = std::chrono::seconds(10);
};

// Each call is made once. Credentials are looked at anew at each call.
class HttpTokenReviewer final : public TokenReviewer {
 public:
  HttpTokenReviewer(Credentials credentials, HttpTokenReviewerOptions options);
  absl::StatusOr<TokenSubject> Review(const std::string& token, const std::string& audience) override;
  void Stop() override { client_.Stop(); }

 private:
  Credentials credentials_;
  const HttpTokenReviewerOptions options_;
  HttpsClient client_;
};

}  // namespace locus::kube
