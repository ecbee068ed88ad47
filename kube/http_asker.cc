#include "kube/http_asker.h"

#include <utility>

#include "common/status.h"
#include "kube/refusal.h"

namespace locus::kube {
namespace {

const Advice& AskAdvice() {
  static const Advice advice{"use a version of this program that suits the server", "ask for the right to it",
                             "it is not there, or the server does not serve it"};
  return advice;
}

}  // namespace

HttpAsker::HttpAsker(Credentials credentials, HttpAskerOptions options)
    : credentials_(std::move(credentials)), options_(std::move(options)), client_(options_.user_agent) {}

absl::StatusOr<std::string> HttpAsker::Call(const HttpRequest& request) {
  LOCUS_ASSIGN_OR_RETURN(const Access access, credentials_.Current());
  LOCUS_ASSIGN_OR_RETURN(HttpAnswer answer,
                         client_.Call(access, request, {options_.call_timeout, options_.max_answer_bytes}));
  if (answer.status / 100 != 2) return Refused(answer, access.server, AskAdvice());
  return std::move(answer.body);
}

absl::StatusOr<std::string> HttpAsker::Get(const std::string& target) {
  HttpRequest request;
  request.target = target;
  request.gzip = true;
  return Call(request);
}

absl::StatusOr<std::string> HttpAsker::Review(const std::string& target, const std::string& json) {
  HttpRequest request;
  request.method = "POST";
  request.target = target;
  request.body = json;
  request.content_type = "application/json";
  return Call(request);
}

}  // namespace locus::kube
