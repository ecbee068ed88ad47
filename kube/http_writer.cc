#include "kube/http_writer.h"

#include <utility>

#include "common/status.h"
#include "common/url.h"
#include "kube/event_json.h"
#include "kube/lease_json.h"

namespace locus::kube {
namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kStrategicMerge = "application/strategic-merge-patch+json";
// A pod takes 5 to 20 KiB, and etcd keeps nothing above 1.5 MiB.
constexpr size_t kMaxAnswerBytes = size_t{8} << 20;

std::string PodTarget(const std::string& space, const std::string& name) {
  return "/api/v1/namespaces/" + PercentEncoded(space) + "/pods/" + PercentEncoded(name);
}

std::string LeasesTarget(const std::string& space) {
  return "/apis/coordination.k8s.io/v1/namespaces/" + PercentEncoded(space) + "/leases";
}

// An empty name would turn an object's path into that of all of its kind.
absl::Status CheckNames(const std::string& space, const std::string& name) {
  if (!space.empty() && !name.empty()) return absl::OkStatus();
  return InvalidArgument("an object without " + std::string(space.empty() ? "namespace" : "name") + " was meant");
}

HttpRequest With(std::string method, std::string target, std::string body, const char* content_type) {
  return {std::move(method), std::move(target), std::move(body), content_type, false};
}

const Advice& PodAdvice() {
  static const Advice advice{"the patch is none that this pod takes",
                             "bind a ClusterRole with `patch` on `pods` to this user", "the pod is gone"};
  return advice;
}

const Advice& EventAdvice() {
  static const Advice advice{"the event is none that this server takes",
                             "bind a ClusterRole with `create` on `events` of events.k8s.io to this user",
                             "the namespace is gone, or the server knows no events.k8s.io/v1"};
  return advice;
}

const Advice& LeaseAdvice() {
  static const Advice advice{
      "the lease is none that this server takes; check its name and namespace",
      "bind a Role with `get`, `create` and `update` on `leases` of coordination.k8s.io to this user",
      "there is no such lease, or no such namespace"};
  return advice;
}

}  // namespace

HttpWriter::HttpWriter(Credentials credentials, HttpWriterOptions options)
    : credentials_(std::move(credentials)),
      options_(std::move(options)),
      client_(options_.user_agent, options_.server_clock) {}

absl::StatusOr<std::string> HttpWriter::Call(const HttpRequest& request, const Advice& advice) {
  LOCUS_ASSIGN_OR_RETURN(const Access access, credentials_.Current());
  LOCUS_ASSIGN_OR_RETURN(HttpAnswer answer, client_.Call(access, request, {options_.call_timeout, kMaxAnswerBytes}));
  if (answer.status < 200 || answer.status > 299) return Refused(answer, access.server, advice);
  return std::move(answer.body);
}

absl::Status HttpWriter::PatchPod(const std::string& space, const std::string& name, const std::string& patch) {
  LOCUS_RETURN_IF_ERROR(CheckNames(space, name));
  return Call(With("PATCH", PodTarget(space, name), patch, kStrategicMerge), PodAdvice()).status();
}

absl::Status HttpWriter::CreateEvent(const PodEvent& event) {
  LOCUS_RETURN_IF_ERROR(CheckNames(event.space, event.pod));
  const std::string target = "/apis/events.k8s.io/v1/namespaces/" + PercentEncoded(event.space) + "/events";
  return Call(With("POST", target, EventJson(event), kJson), EventAdvice()).status();
}

absl::StatusOr<Lease> HttpWriter::GetLease(const std::string& space, const std::string& name) {
  LOCUS_RETURN_IF_ERROR(CheckNames(space, name));
  HttpRequest request;
  request.target = LeasesTarget(space) + "/" + PercentEncoded(name);
  LOCUS_ASSIGN_OR_RETURN(const std::string body, Call(request, LeaseAdvice()));
  return ParseLease(body);
}

absl::StatusOr<Lease> HttpWriter::PutLease(const std::string& space, const std::string& name, const Lease& lease) {
  LOCUS_RETURN_IF_ERROR(CheckNames(space, name));
  const bool fresh = lease.resource_version.empty();
  const std::string target = LeasesTarget(space) + (fresh ? "" : "/" + PercentEncoded(name));
  LOCUS_ASSIGN_OR_RETURN(
      const std::string body,
      Call(With(fresh ? "POST" : "PUT", target, LeaseJson(space, name, lease), kJson), LeaseAdvice()));
  return ParseLease(body);
}

}  // namespace locus::kube
