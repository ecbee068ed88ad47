// ApplicationService: what is known of a running application, for people.
#pragma once

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "alluxio_meta/applications/application.h"
#include "alluxio_meta/applications/caller_book.h"
#include "alluxio_meta/applications/watched_applications.h"
#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/workers/traffic_table.h"
#include "proto/locus/v1/application.grpc.pb.h"

namespace locus::meta {

// Bound of proto/locus/v1/application.proto.
inline constexpr size_t kMaxListedApplications = 10'000;

// Thread-safe; nothing waits. All that is passed must outlive it.
class ApplicationService final : public v1::ApplicationService::Service {
 public:
  // `applications` and `callers` are the front's; null where it is switched off: then both calls are
  // FAILED_PRECONDITION.
  ApplicationService(const WatchedApplications* applications, const CallerBook* callers, const Catalog& catalog,
                     const TrafficTable& traffic)
      : applications_(applications), callers_(callers), catalog_(catalog), traffic_(traffic) {}

  grpc::Status DescribeApplication(grpc::ServerContext* context, const v1::DescribeApplicationRequest* request,
                                   v1::Application* response) override;
  grpc::Status ListApplications(grpc::ServerContext* context, const v1::ListApplicationsRequest* request,
                                v1::ListApplicationsResponse* response) override;

 private:
  // What is said of each application.
  void Describe(const Application& application, v1::Application* response) const;
  absl::StatusOr<std::shared_ptr<const Application>> Find(const v1::DescribeApplicationRequest& request) const;

  const WatchedApplications* const applications_;
  const CallerBook* const callers_;
  const Catalog& catalog_;
  const TrafficTable& traffic_;
};

}  // namespace locus::meta
