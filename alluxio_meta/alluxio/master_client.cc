#include "alluxio_meta/alluxio/master_client.h"

#include <utility>

#include "alluxio_meta/alluxio/cluster_codec.h"
#include "alluxio_meta/alluxio/dial.h"
#include "alluxio_meta/alluxio/file_codec.h"
#include "alluxio_meta/alluxio/lister.h"
#include "alluxio_meta/alluxio/master_asker.h"
#include "alluxio_meta/alluxio/requests.h"
#include "alluxio_meta/mounts/canonical_path.h"
#include "common/endpoint.h"
#include "common/status.h"

namespace locus::meta {
namespace {

absl::Status CheckPath(const std::string& path) {
  if (IsCanonicalPath(path)) return absl::OkStatus();
  return InvalidArgument("'" + path + "' is no canonical path of the namespace: an example is /folder/file");
}

}  // namespace

class MasterClient::Impl {
 public:
  Impl(const MasterOptions& options, std::vector<Endpoint> masters, const Clock& clock_in)
      : clock(clock_in),
        calls(options.calls_per_second, clock),
        asker(options,
              Connector(options, LeaderFinder(std::move(masters), options.connect_timeout, DialWith(options), calls),
                        calls),
              calls),
        lister(options.page_size, asker, clock) {}

  const Clock& clock;
  MasterCalls calls;
  MasterAsker asker;
  Lister lister;
};

absl::StatusOr<std::unique_ptr<MasterClient>> MasterClient::Create(MasterOptions options, const Clock& clock) {
  absl::StatusOr<std::vector<Endpoint>> masters = ParseEndpoints(options.masters);
  if (!masters.ok()) return Annotate(masters.status(), "alluxio.masters");
  return std::unique_ptr<MasterClient>(new MasterClient(std::make_unique<Impl>(options, std::move(*masters), clock)));
}

MasterClient::MasterClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

MasterClient::~MasterClient() { Stop(); }

void MasterClient::Stop() { impl_->calls.Stop(); }

absl::StatusOr<MasterWorkers> MasterClient::Workers() {
  LOCUS_ASSIGN_OR_RETURN(const auto connection, impl_->asker.Connection());
  ::alluxio::grpc::block::GetWorkerInfoListResponse response;
  if (!connection->lacks_report) {
    const auto request = WorkerReportRequest();
    const absl::StatusOr<MasterTerm> term =
        impl_->asker.Ask({MasterMethod::kGetWorkerReport, 0, /*has_other=*/true},
                         [&](MasterConnection& present, grpc::ClientContext& context) {
                           return present.blocks->GetWorkerReport(&context, request, &response);
                         });
    if (term.ok()) return MasterWorkers{*term, WorkersOf(response)};
    // INTERNAL is what a master says to fields that it does not know.
    connection->lacks_report = term.status().code() == absl::StatusCode::kUnimplemented;
    if (!connection->lacks_report && term.status().code() != absl::StatusCode::kInternal) return term.status();
    response.Clear();
  }
  LOCUS_ASSIGN_OR_RETURN(const MasterTerm term,
                         impl_->asker.Ask({MasterMethod::kGetWorkerInfoList, 0, false},
                                          [&](MasterConnection& present, grpc::ClientContext& context) {
                                            return present.blocks->GetWorkerInfoList(&context, {}, &response);
                                          }));
  return MasterWorkers{term, WorkersOf(response)};
}

absl::StatusOr<MasterMounts> MasterClient::Mounts() {
  ::alluxio::grpc::file::GetMountTableResponse response;
  const auto request = MountTableRequest();
  LOCUS_ASSIGN_OR_RETURN(const MasterTerm term,
                         impl_->asker.Ask({MasterMethod::kGetMountTable, 0, false},
                                          [&](MasterConnection& connection, grpc::ClientContext& context) {
                                            return connection.files->GetMountTable(&context, request, &response);
                                          }));
  return MasterMounts{term, MountsOf(response)};
}

absl::Status MasterClient::List(const std::string& path, const std::function<bool(MasterPage)>& page) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  return impl_->lister.List(path, page);
}

absl::StatusOr<MasterPage> MasterClient::Status(const std::string& path) {
  LOCUS_RETURN_IF_ERROR(CheckPath(path));
  ::alluxio::grpc::file::GetStatusResponse response;
  const auto request = StatusRequest(path);
  Duration took{0};
  LOCUS_ASSIGN_OR_RETURN(const MasterTerm term,
                         impl_->asker.Ask({MasterMethod::kGetStatus, 0, false}, [&](MasterConnection& connection,
                                                                                    grpc::ClientContext& context) {
                           const SteadyTime start = impl_->clock.Now();
                           const auto status = connection.files->GetStatus(&context, request, &response);
                           took = impl_->clock.Now() - start;
                           return status;
                         }));
  if (response.file_info().folder()) return absl::FailedPreconditionError(ToAbsl(path + " is a folder"));
  PageBuilder builder(term);
  builder.Add(response.file_info());
  builder.SetTook(took);
  return builder.Take();
}

MasterStats MasterClient::Stats() const {
  MasterStats stats;
  impl_->calls.AddTo(stats);
  impl_->asker.AddTo(stats);
  stats.halved_pages = impl_->lister.halved();
  return stats;
}

}  // namespace locus::meta
