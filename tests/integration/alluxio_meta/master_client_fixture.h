// A client of tiny masters, with limits that let a test end soon.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "alluxio_meta/alluxio/master_client.h"
#include "common/clock.h"
#include "tests/integration/alluxio_meta/tiny_master.h"

namespace locus::meta {

inline MasterOptions OptionsFor(std::vector<std::string> masters) {
  MasterOptions options;
  options.masters = std::move(masters);
  options.user = "mirror";
  options.call_timeout = std::chrono::seconds(20);
  options.connect_timeout = std::chrono::seconds(20);
  options.reconnect_max = std::chrono::milliseconds(50);
  options.calls_per_second = 10'000;
  options.seed = 7;
  return options;
}

inline std::unique_ptr<MasterClient> ClientOf(MasterOptions options) {
  static const SystemClock clock;
  return MasterClient::Create(std::move(options), clock).value();
}

inline std::unique_ptr<MasterClient> ClientOf(const TinyMaster& master) {
  return ClientOf(OptionsFor({master.address()}));
}

// Workers "w1" to "w<count>".
inline void AnswerWorkers(TinyMaster& master, int count) {
  master.on_report = [count](grpc::ServerContext*, const alx::block::GetWorkerReportRequest&,
                             alx::block::GetWorkerInfoListResponse* response) {
    for (int i = 1; i <= count; ++i) {
      auto* address = response->add_worker_infos()->mutable_address();
      address->set_host("w" + std::to_string(i));
      address->set_data_port(29999);
    }
    return grpc::Status::OK;
  };
}

inline void FillFile(alx::file::FileInfo* info, const std::string& path, int64_t container) {
  info->set_path(path);
  info->set_file_id((container << 24) + 0xFFFFFF);
  info->set_completed(true);
  info->set_length(1);
  info->set_block_size_bytes(1);
  info->add_block_ids(container << 24);
}

// Files `paths`, which are in order, as a master lists them: at most batch_size of those after start_after.
inline void AnswerPages(TinyMaster& master, std::vector<std::string> paths, size_t padding = 0) {
  master.on_page = [paths = std::move(paths), padding](grpc::ServerContext*,
                                                       const alx::file::ListStatusPartialRequest& request,
                                                       alx::file::ListStatusPartialResponse* response) {
    const auto& options = request.options();
    response->set_is_truncated(false);
    for (size_t i = 0; i < paths.size(); ++i) {
      if (options.has_start_after() && paths[i] <= options.start_after()) continue;
      if (response->file_infos_size() == options.batch_size()) {
        response->set_is_truncated(true);
        break;
      }
      auto* info = response->add_file_infos();
      FillFile(info, paths[i], static_cast<int64_t>(i) + 1);
      info->set_name(std::string(padding, 'x'));
    }
    return grpc::Status::OK;
  };
}

// The paths of all pages.
inline std::vector<std::string> PathsIn(const std::vector<MasterPage>& pages) {
  std::vector<std::string> paths;
  for (const MasterPage& page : pages) {
    for (const MasterFile& file : page.files) paths.push_back(file.fact.path);
  }
  return paths;
}

inline uint64_t CallsOf(const MasterStats& stats, MasterMethod method, grpc::StatusCode code = grpc::OK) {
  return stats.methods[static_cast<size_t>(method)].outcomes[static_cast<size_t>(code)];
}

}  // namespace locus::meta
