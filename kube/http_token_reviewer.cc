#include "kube/http_token_reviewer.h"

#include <utility>

#include "common/status.h"
#include "kube/refusal.h"
#include "kube/token_review_json.h"

namespace locus::kube {
namespace {

// An answer repeats the token and has a user with a dozen groups.
constexpr size_t kMaxAnswerBytes = size_t{1} << 20;

const Advice& ReviewAdvice() {
  static const Advice advice{"the review is none that this server takes",
                             "bind a ClusterRole with `create` on `tokenreviews` of authentication.k8s.io to this user "
                             "(system:auth-delegator has it)",
                             "the server knows no authentication.k8s.io/v1"};
  return advice;
}

}  // namespace

HttpTokenReviewer::HttpTokenReviewer(Credentials credentials, HttpTokenReviewerOptions options)
    : credentials_(std::move(credentials)), options_(std::move(options)), client_(options_.user_agent) {}

absl::StatusOr<TokenSubject> HttpTokenReviewer::Review(const std::string& token, const std::string& audience) {
  LOCUS_ASSIGN_OR_RETURN(const Access access, credentials_.Current());
  HttpRequest request;
  request.method = "POST";
  request.target = "/apis/authentication.k8s.io/v1/tokenreviews";
  request.body = TokenReviewJson(token, audience);
  request.content_type = "application/json";
  LOCUS_ASSIGN_OR_RETURN(HttpAnswer answer, client_.Call(access, request, {options_.call_timeout, kMaxAnswerBytes}));
  if (answer.status < 200 || answer.status > 299) return Refused(answer, access.server, ReviewAdvice());
  return ParseTokenReview(answer.body);
}

}  // namespace locus::kube
