#include "alluxio_meta/grpc/application_service.h"

#include <algorithm>
#include <map>

#include "common/grpc_server.h"
#include "common/status.h"

namespace locus::meta {
namespace {

using ApplicationPtr = std::shared_ptr<const Application>;

v1::FrontCaller::Recognised ToWire(Recognised by) {
  switch (by) {
    case Recognised::kPodAddress: return v1::FrontCaller::POD_ADDRESS;
    case Recognised::kDriverUrl: return v1::FrontCaller::DRIVER_URL;
    case Recognised::kAnnotation: return v1::FrontCaller::ANNOTATION;
    case Recognised::kName: return v1::FrontCaller::NAME;
  }
  return v1::FrontCaller::RECOGNISED_UNSPECIFIED;
}

google::protobuf::Timestamp ToWire(WallTime time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  google::protobuf::Timestamp stamp;
  stamp.set_seconds(seconds.count());
  stamp.set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(since - seconds).count()));
  return stamp;
}

v1::ApplicationPod ToWire(const ApplicationPod& pod) {
  v1::ApplicationPod wire;
  wire.set_name(pod.name);
  wire.set_role(pod.driver ? v1::ApplicationPod::DRIVER : v1::ApplicationPod::EXECUTOR);
  wire.set_number(pod.number);
  wire.set_node(pod.node);
  wire.set_address(pod.address);
  wire.set_host_address(pod.host_address);
  wire.set_host_network(pod.host_network);
  wire.set_ended(pod.ended);
  wire.mutable_annotations()->insert(pod.annotations.begin(), pod.annotations.end());
  wire.set_alluxio_user_hostname(pod.alluxio_user_hostname);
  wire.set_scheduler(pod.scheduler);
  return wire;
}

v1::FrontCaller ToWire(const CallerRecord& caller) {
  v1::FrontCaller wire;
  wire.set_address(caller.address);
  wire.set_pod(caller.pod);
  wire.set_recognised(ToWire(caller.recognised));
  wire.set_listings(caller.listings);
  wire.set_opens(caller.opens);
  wire.set_blocks(caller.blocks);
  wire.set_rewritten(caller.rewritten);
  wire.set_without_executor(caller.without_executor);
  wire.set_uncached(caller.uncached);
  wire.set_executors(caller.executors);
  if (caller.last_listing != WallTime()) *wire.mutable_last_listing() = ToWire(caller.last_listing);
  *wire.mutable_last_call() = ToWire(caller.last_call);
  return wire;
}

absl::Status NoFront() {
  return absl::FailedPreconditionError(
      "this locus-meta follows no applications: set front.enabled, and an API server in nodes.kubernetes");
}

// "x/spark-1, y/spark-1"
std::string NamesOf(const std::vector<ApplicationPtr>& applications) {
  std::string names;
  for (const ApplicationPtr& one : applications) {
    names += (names.empty() ? "" : ", ") + one->key.space + "/" + one->key.id;
  }
  return names;
}

// Applications with a running pod come first.
bool Before(const ApplicationPtr& a, const ApplicationPtr& b) {
  const auto runs = [](const ApplicationPtr& one) {
    return std::any_of(one->pods.begin(), one->pods.end(), [](const ApplicationPod& pod) { return !pod.ended; });
  };
  const bool a_runs = runs(a), b_runs = runs(b);
  return a_runs != b_runs ? a_runs : a->key < b->key;
}

}  // namespace

absl::StatusOr<ApplicationPtr> ApplicationService::Find(const v1::DescribeApplicationRequest& request) const {
  if (applications_ == nullptr) return NoFront();
  const bool by_pod = !request.pod().empty();
  if (!by_pod && request.application().empty()) return InvalidArgument("application, pod: neither is given; name one");
  const std::vector<ApplicationPtr> found = by_pod ? applications_->OfPod(request.namespace_(), request.pod())
                                                   : applications_->Find(request.namespace_(), request.application());
  if (found.size() == 1) return found.front();
  const std::string what = by_pod ? "pod '" + request.pod() + "'" : "application '" + request.application() + "'";
  if (found.empty()) {
    return NotFound("no " + what +
                    " among the pods that the front follows (front.pod_selector): it may have ended, "
                    "or its pods lack Spark's labels");
  }
  return InvalidArgument("namespace: several have the " + what + ": " + NamesOf(found) + "; name one namespace");
}

void ApplicationService::Describe(const Application& application, v1::Application* response) const {
  response->set_namespace_(application.key.space);
  response->set_id(application.key.id);
  response->set_name(application.name);
  response->set_front(true);
  if (const auto age = applications_->Age()) {
    response->set_pods_age_ms(static_cast<uint64_t>(std::max<int64_t>(0, ToMillis(*age).count())));
  }
}

grpc::Status ApplicationService::DescribeApplication(grpc::ServerContext*,
                                                     const v1::DescribeApplicationRequest* request,
                                                     v1::Application* response) {
  const auto found = Find(*request);
  if (!found.ok()) return ToGrpc(found.status());
  const Application& application = **found;
  Describe(application, response);
  std::map<HolderAddress, std::string> nodes;
  for (const WorkerPicture& picture : catalog_.Workers()) nodes[picture.worker.address] = picture.worker.node;
  for (const ApplicationPod& pod : application.pods) {
    v1::ApplicationPod& wire = *response->add_pods();
    wire = ToWire(pod);
    if (pod.address.empty() || pod.ended) continue;
    for (const WorkerBytes& read : traffic_.ReadBy(pod.address)) {
      v1::WorkerTraffic& traffic = *wire.add_read();
      traffic.mutable_worker()->set_host(read.worker.host);
      traffic.mutable_worker()->set_container_host(read.worker.container_host);
      traffic.mutable_worker()->set_data_port(read.worker.data_port);
      traffic.set_bytes(read.bytes);
      if (const auto node = nodes.find(read.worker); node != nodes.end()) traffic.set_node(node->second);
    }
  }
  for (const CallerRecord& caller : callers_->CallersOf(application.key)) *response->add_callers() = ToWire(caller);
  return grpc::Status::OK;
}

grpc::Status ApplicationService::ListApplications(grpc::ServerContext*, const v1::ListApplicationsRequest* request,
                                                  v1::ListApplicationsResponse* response) {
  if (applications_ == nullptr) return ToGrpc(NoFront());
  std::vector<ApplicationPtr> all = applications_->All(request->namespace_());
  std::sort(all.begin(), all.end(), Before);
  if (all.size() > kMaxListedApplications) all.resize(kMaxListedApplications);
  for (const ApplicationPtr& one : all) Describe(*one, response->add_applications());
  return grpc::Status::OK;
}

}  // namespace locus::meta
