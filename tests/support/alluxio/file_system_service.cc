// GetStatus, both listings and the mount table of a fake Alluxio master.
#include <utility>

#include "common/grpc_server.h"
#include "proto/alluxio/file_system_master.grpc.pb.h"
#include "tests/support/alluxio/services.h"

namespace locus::fake_alluxio {
namespace {

namespace file = alluxio::grpc::file;

// alluxio.master.filesystem.liststatus.result.message.length.
constexpr size_t kStreamEntries = 10'000;

void Note(const std::string& path, bool load_set, file::LoadMetadata load, const file::CommonOptions& common,
          Call& call) {
  call.path = path;
  call.reads_namespace = true;
  call.load = load;
  call.load_set = load_set;
  if (common.has_sync_interval_ms()) call.sync_interval_ms = common.sync_interval_ms();
  if (common.has_ttl()) call.ttl = common.ttl();
  if (common.has_ttl_action()) call.ttl_action = common.ttl_action();
}

void Note(const std::string& path, const file::ListStatusOptions& options, Call& call) {
  Note(path, options.has_load_metadata_type(), options.load_metadata_type(), options.common_options(), call);
  call.recursive = options.recursive();
  call.no_loaded_check = options.disable_are_descendants_loaded_check();
  call.no_mount_info = options.exclude_mount_info();
}

LoadQuery LoadOf(file::LoadMetadata load, const file::CommonOptions& common) {
  // A sync loads what it meets, whatever the load type says.
  const bool syncs = common.has_sync_interval_ms() && common.sync_interval_ms() >= 0;
  // Field defaults of the wire: ttl 0, DELETE. That is the trap.
  return {.load = load != file::LOAD_NEVER || syncs, .ttl = common.ttl(), .ttl_action = common.ttl_action()};
}

// "alluxio://host:port/a", "//host:port/a" and "/a/" are "/a".
std::string PathOf(const std::string& uri) {
  const size_t scheme = uri.find("://");
  const bool has_host = scheme != std::string::npos || uri.rfind("//", 0) == 0;
  const size_t start = has_host ? uri.find('/', scheme == std::string::npos ? 2 : scheme + 3) : 0;
  std::string path;
  for (size_t i = start; i < uri.size(); ++i) {
    if (uri[i] != '/' || path.empty() || path.back() != '/') path.push_back(uri[i]);
  }
  if (has_host && path.empty()) return "/";
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool IsPath(const std::string& path) { return !path.empty() && path.front() == '/'; }

grpc::Status NoPath(const std::string& path) {
  return {grpc::StatusCode::INVALID_ARGUMENT, "Path \"" + path + "\" is invalid."};
}

class FileSystemService final : public file::FileSystemMasterClientService::Service {
 public:
  explicit FileSystemService(Desk& desk) : desk_(desk) {}

  grpc::Status GetStatus(grpc::ServerContext* context, const file::GetStatusRequest* request,
                         file::GetStatusResponse* response) override {
    const std::string path = PathOf(request->path());
    const file::GetStatusOptions& options = request->options();
    Call call = {.method = "GetStatus"};
    Note(path, options.has_load_metadata_type(), options.load_metadata_type(), options.common_options(), call);
    return desk_.Serve(*context, std::move(call), [&](const std::string& user, int64_t& entries) {
      if (!IsPath(path)) return NoPath(path);
      auto info = desk_.world.Status(path, user, LoadOf(options.load_metadata_type(), options.common_options()));
      if (!info.ok()) return ToGrpc(info.status());
      *response->mutable_file_info() = *std::move(info);
      entries = 1;
      desk_.faults.GrowEntry(*response->mutable_file_info());
      desk_.faults.Grow("GetStatus", *response);
      return grpc::Status::OK;
    });
  }

  grpc::Status ListStatus(grpc::ServerContext* context, const file::ListStatusRequest* request,
                          grpc::ServerWriter<file::ListStatusResponse>* writer) override {
    const std::string path = PathOf(request->path());
    Call call = {.method = "ListStatus"};
    Note(path, request->options(), call);
    return desk_.Serve(*context, std::move(call), [&](const std::string& user, int64_t& entries) {
      if (!IsPath(path)) return NoPath(path);
      ListQuery query = {.path = path, .recursive = request->options().recursive(), .limit = kStreamEntries};
      query.user = user;
      const LoadQuery load = LoadOf(request->options().load_metadata_type(), request->options().common_options());
      for (bool more = true; more;) {
        absl::StatusOr<Listed> listed = desk_.world.List(query, load);
        if (!listed.ok()) return ToGrpc(listed.status());
        more = listed->truncated;
        file::ListStatusResponse response;
        Move(std::move(*listed), response, entries);
        if (response.file_infos_size() == 0) break;
        query.after = response.file_infos().rbegin()->path();
        desk_.faults.Grow("ListStatus", response);
        if (!writer->Write(response)) break;
      }
      return grpc::Status::OK;
    });
  }

  grpc::Status ListStatusPartial(grpc::ServerContext* context, const file::ListStatusPartialRequest* request,
                                 file::ListStatusPartialResponse* response) override {
    const std::string path = PathOf(request->path());
    const file::ListStatusPartialOptions& options = request->options();
    Call call = {.method = "ListStatusPartial"};
    Note(path, options.options(), call);
    call.start_after = options.start_after();
    call.batch_size = options.batch_size();
    return desk_.Serve(*context, std::move(call), [&](const std::string& user, int64_t& entries) {
      if (!IsPath(path)) return NoPath(path);
      if (options.batch_size() < 0) return grpc::Status(grpc::StatusCode::UNKNOWN, "");
      ListQuery query = {.path = path, .recursive = options.options().recursive(), .after = options.start_after()};
      if (options.has_offset_id()) query.after_id = options.offset_id();
      query.skip = options.offset_count();
      query.prefix = options.prefix();
      query.limit = static_cast<size_t>(options.batch_size());
      query.user = user;
      const auto& common = options.options().common_options();
      auto listed = desk_.world.List(query, LoadOf(options.options().load_metadata_type(), common));
      if (!listed.ok()) return ToGrpc(listed.status());
      response->set_is_truncated(listed->truncated);
      response->set_file_count(listed->count);
      Move(*std::move(listed), *response, entries);
      desk_.faults.Grow("ListStatusPartial", *response);
      return grpc::Status::OK;
    });
  }

  grpc::Status GetMountTable(grpc::ServerContext* context, const file::GetMountTableRequest* request,
                             file::GetMountTableResponse* response) override {
    Call call = {.method = "GetMountTable"};
    call.check_ufs = !request->has_check_ufs() || request->check_ufs();
    return desk_.Serve(*context, std::move(call), [&](const std::string&, int64_t& entries) {
      for (auto& [path, mount] : desk_.world.Mounts()) {
        auto& point = (*response->mutable_mount_points())[path] = mount;
        if (request->has_check_ufs() && !request->check_ufs()) point.set_ufs_type("");
      }
      entries = response->mount_points_size();
      desk_.faults.Grow("GetMountTable", *response);
      return grpc::Status::OK;
    });
  }

 private:
  template <typename Response>
  void Move(Listed listed, Response& response, int64_t& entries) {
    response.mutable_file_infos()->Reserve(static_cast<int>(listed.entries.size()));
    for (file::FileInfo& info : listed.entries) {
      desk_.faults.GrowEntry(info);
      *response.add_file_infos() = std::move(info);
    }
    entries += response.file_infos_size();
  }

  Desk& desk_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeFileSystemService(Desk& desk) { return std::make_unique<FileSystemService>(desk); }

}  // namespace locus::fake_alluxio
