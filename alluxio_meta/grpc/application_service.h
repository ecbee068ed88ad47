// ApplicationService: what is known of a running application, for people.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alluxio_meta/applications/application.h"
#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/workers/traffic_table.h"
#include "common/clock.h"
#include "proto/locus/v1/application.grpc.pb.h"

namespace locus::meta {

// Bound of proto/locus/v1/application.proto.
inline constexpr size_t kMaxListedApplications = 10'000;

// One caller of the front: v1::FrontCaller.
struct CallerFacts {
  std::string address;
  std::string pod;
  Recognised by = Recognised::kPodAddress;
  uint64_t listings = 0;
  uint64_t opens = 0;
  // Of the last listing.
  uint64_t blocks = 0;
  uint64_t rewritten = 0;
  uint64_t without_executor = 0;
  uint64_t uncached = 0;
  uint32_t executors = 0;
  // Absent: it has listed nothing.
  std::optional<WallTime> last_listing;
  WallTime last_call;
};

// Where the service takes its knowledge from. Thread-safe.
class ApplicationBook {
 public:
  virtual ~ApplicationBook() = default;
  // All applications, in no order.
  virtual std::vector<std::shared_ptr<const Application>> Applications() const = 0;
  // Those of the last hour, by address.
  virtual std::vector<CallerFacts> CallersOf(const ApplicationKey& application) const = 0;
  // When the API server was last heard; absent: never.
  virtual std::optional<SteadyTime> Heard() const = 0;
};

// Thread-safe; nothing waits. All that is passed must outlive it.
class ApplicationService final : public v1::ApplicationService::Service {
 public:
  // `book`: null where there is no API server; then both calls are FAILED_PRECONDITION. `front`: it is switched on.
  ApplicationService(const ApplicationBook* book, bool front, const Catalog& catalog, const TrafficTable& traffic,
                     const Clock& clock)
      : book_(book), front_(front), catalog_(catalog), traffic_(traffic), clock_(clock) {}

  grpc::Status DescribeApplication(grpc::ServerContext* context, const v1::DescribeApplicationRequest* request,
                                   v1::Application* response) override;
  grpc::Status ListApplications(grpc::ServerContext* context, const v1::ListApplicationsRequest* request,
                                v1::ListApplicationsResponse* response) override;

 private:
  // What is said of each application.
  void Describe(const Application& application, v1::Application* response) const;
  absl::StatusOr<std::shared_ptr<const Application>> Find(const v1::DescribeApplicationRequest& request) const;

  const ApplicationBook* const book_;
  const bool front_;
  const Catalog& catalog_;
  const TrafficTable& traffic_;
  const Clock& clock_;
};

}  // namespace locus::meta
