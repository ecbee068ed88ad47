#include "alluxio_meta/alluxio/requests.h"

namespace locus::meta {
namespace {

namespace file = ::alluxio::grpc::file;
namespace block = ::alluxio::grpc::block;

void SetSafe(file::CommonOptions& options) {
  options.set_sync_interval_ms(-1);
  // Unset they mean "delete at once", also in the under-store. Nothing asked here loads metadata, which is what it
  // takes to apply them; they are sent all the same, so that no later change of a request makes them matter.
  options.set_ttl(-1);
  options.set_ttl_action(file::TTL_FREE);
}

file::ListStatusOptions ListOptions() {
  file::ListStatusOptions options;
  options.set_load_metadata_type(file::LOAD_NEVER);
  SetSafe(*options.mutable_common_options());
  options.set_recursive(true);
  options.set_disable_are_descendants_loaded_check(true);
  options.set_exclude_mount_info(true);
  return options;
}

}  // namespace

file::ListStatusPartialRequest PageRequest(const std::string& path, const std::string& start_after, uint32_t entries) {
  file::ListStatusPartialRequest request;
  request.set_path(path);
  file::ListStatusPartialOptions& options = *request.mutable_options();
  *options.mutable_options() = ListOptions();
  options.set_batch_size(static_cast<int32_t>(entries));
  if (!start_after.empty()) options.set_start_after(start_after);
  return request;
}

file::ListStatusRequest StreamRequest(const std::string& path) {
  file::ListStatusRequest request;
  request.set_path(path);
  *request.mutable_options() = ListOptions();
  return request;
}

file::GetStatusRequest StatusRequest(const std::string& path) {
  file::GetStatusRequest request;
  request.set_path(path);
  request.mutable_options()->set_load_metadata_type(file::LOAD_NEVER);
  SetSafe(*request.mutable_options()->mutable_common_options());
  request.mutable_options()->set_update_timestamps(false);
  return request;
}

file::GetMountTableRequest MountTableRequest() {
  file::GetMountTableRequest request;
  request.set_check_ufs(false);
  return request;
}

block::GetWorkerReportRequest WorkerReportRequest() {
  block::GetWorkerReportRequest request;
  for (int field = block::FIELD_ADDRESS; field <= block::FIELD_BUILD_VERSION; ++field) {
    request.add_field_ranges(static_cast<block::WorkerInfoField>(field));
  }
  request.set_worker_range(block::WORKERS_ALL);
  return request;
}

}  // namespace locus::meta
