// Just enough of an Alluxio master to have workers: who registered, with what, and what it wants of them.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "proto/alluxio/block_master_worker.grpc.pb.h"
#include "proto/alluxio/file_system_worker.grpc.pb.h"
#include "proto/alluxio/version.grpc.pb.h"
#include "tests/support/alluxio/sessions.h"

namespace locus::worker {

namespace alxb = ::alluxio::grpc::block;
namespace alxf = ::alluxio::grpc::file;
namespace alxv = ::alluxio::grpc::version;

// What a master knows of its one worker.
struct KnownWorker {
  ::alluxio::grpc::WorkerNetAddress address;
  bool registered = false;
  std::map<std::string, int64_t> capacity;
  std::map<std::string, int64_t> used;
  // Block -> tier.
  std::map<int64_t, std::string> blocks;
  int registrations = 0;
  int registration_messages = 0;
  int heartbeats = 0;
  int commits = 0;
};

// Thread-safe. Serves from its constructor to its destructor.
class FakeBlockMaster : public alxb::BlockMasterWorkerService::Service,
                        public alxf::FileSystemMasterWorkerService::Service {
 public:
  // `sasl`: as under SIMPLE; otherwise as under NOSASL. `port` 0: chosen by the kernel.
  explicit FakeBlockMaster(bool sasl = true, int port = 0)
      : sasl_(sasl), sessions_({}, [](const std::string&, const grpc::Status& deserved) { return deserved; }) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(), &port_);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.RegisterService(&versions_);
    builder.RegisterService(static_cast<alxb::BlockMasterWorkerService::Service*>(this));
    builder.RegisterService(static_cast<alxf::FileSystemMasterWorkerService::Service*>(this));
    if (sasl_) sessions_.AddTo(builder);
    server_ = builder.BuildAndStart();
    if (sasl_) sessions_.Start();
  }
  ~FakeBlockMaster() override {
    if (sasl_) sessions_.EndAll({grpc::StatusCode::UNAVAILABLE, "the master stops"});
    server_->Shutdown(SystemClock().WallNow());
    server_->Wait();
    sessions_.Stop();
  }
  bool serves() const { return server_ != nullptr; }
  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }

  KnownWorker known() const {
    MutexLock lock(mutex_);
    return worker_;
  }
  std::string user() const {
    MutexLock lock(mutex_);
    return user_;
  }
  // As a restart: the worker is not known any more, and hears so at its next word.
  void Forget() {
    MutexLock lock(mutex_);
    worker_.registered = false;
    worker_.blocks.clear();
    ++id_;
  }
  // The next beats say so, until the blocks are told to be removed.
  void Free(std::set<int64_t> blocks) {
    MutexLock lock(mutex_);
    free_ = std::move(blocks);
  }
  bool freeing() const {
    MutexLock lock(mutex_);
    return !free_.empty();
  }
  // Beats are answered so, this many times.
  void FailBeats(int times, grpc::Status status) {
    MutexLock lock(mutex_);
    failing_beats_ = times;
    failure_ = std::move(status);
  }
  // This many leases are refused first.
  void RefuseLeases(int times) {
    MutexLock lock(mutex_);
    refused_leases_ = times;
  }
  void EndSessions() { sessions_.EndAll(grpc::Status::OK); }
  void PutFile(const alxf::FileInfo& info) {
    MutexLock lock(mutex_);
    files_[info.file_id()] = info;
  }

  grpc::Status GetWorkerId(grpc::ServerContext* context, const alxb::GetWorkerIdRequest* request,
                           alxb::GetWorkerIdResponse* response) override {
    if (const grpc::Status status = Known(*context); !status.ok()) return status;
    MutexLock lock(mutex_);
    worker_.address = request->address();
    response->set_worker_id(id_);
    return grpc::Status::OK;
  }
  grpc::Status RequestRegisterLease(grpc::ServerContext* context, const alxb::RegisterLeaseRequest* request,
                                    alxb::RegisterLeaseResponse* response) override {
    if (const grpc::Status status = Known(*context); !status.ok()) return status;
    MutexLock lock(mutex_);
    response->set_worker_id(request->worker_id());
    response->set_allowed(refused_leases_ <= 0);
    --refused_leases_;
    return grpc::Status::OK;
  }
  grpc::Status RegisterWorkerStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<alxb::RegisterWorkerResponse, alxb::RegisterWorkerRequest>* stream) override {
    if (const grpc::Status status = Known(*context); !status.ok()) return status;
    KnownWorker fresh;
    alxb::RegisterWorkerRequest request;
    int messages = 0;
    int64_t id = 0;
    while (stream->Read(&request)) {
      id = request.worker_id();
      if ((messages == 0) != (request.storage_tiers_size() > 0)) {
        return {grpc::INVALID_ARGUMENT, "the head, and only the head, has tiers"};
      }
      if (messages++ == 0) {
        fresh.capacity = {request.total_bytes_on_tiers().begin(), request.total_bytes_on_tiers().end()};
        fresh.used = {request.used_bytes_on_tiers().begin(), request.used_bytes_on_tiers().end()};
      }
      for (const auto& entry : request.current_blocks()) {
        for (const int64_t block : entry.value().block_id()) fresh.blocks[block] = entry.key().tier_alias();
      }
      stream->Write({});
    }
    MutexLock lock(mutex_);
    if (id != id_) return {grpc::NOT_FOUND, "no such worker"};
    worker_.registered = true;
    worker_.capacity = fresh.capacity;
    worker_.used = fresh.used;
    worker_.blocks = fresh.blocks;
    worker_.registration_messages = messages;
    ++worker_.registrations;
    return grpc::Status::OK;
  }
  grpc::Status BlockHeartbeat(grpc::ServerContext* context, const alxb::BlockHeartbeatRequest* request,
                              alxb::BlockHeartbeatResponse* response) override {
    if (const grpc::Status status = Known(*context); !status.ok()) return status;
    MutexLock lock(mutex_);
    if (failing_beats_ > 0) {
      --failing_beats_;
      return failure_;
    }
    if (request->worker_id() != id_ || !worker_.registered) {
      response->mutable_command()->set_type(alxb::COMMAND_REGISTER);
      return grpc::Status::OK;
    }
    ++worker_.heartbeats;
    worker_.used = {request->used_bytes_on_tiers().begin(), request->used_bytes_on_tiers().end()};
    const auto& capacity = request->options().capacity_bytes_on_tiers();
    worker_.capacity = {capacity.begin(), capacity.end()};
    for (const int64_t gone : request->removed_block_ids()) {
      worker_.blocks.erase(gone);
      free_.erase(gone);
    }
    for (const auto& entry : request->added_blocks()) {
      for (const int64_t block : entry.value().block_id()) worker_.blocks[block] = entry.key().tier_alias();
    }
    response->mutable_command()->set_type(free_.empty() ? alxb::COMMAND_NOTHING : alxb::COMMAND_FREE);
    for (const int64_t block : free_) response->mutable_command()->add_data(block);
    return grpc::Status::OK;
  }
  grpc::Status CommitBlock(grpc::ServerContext* context, const alxb::CommitBlockRequest* request,
                           alxb::CommitBlockResponse*) override {
    if (const grpc::Status status = Known(*context); !status.ok()) return status;
    MutexLock lock(mutex_);
    if (request->worker_id() != id_ || !worker_.registered) return {grpc::NOT_FOUND, "no such worker"};
    worker_.blocks[request->block_id()] = request->tier_alias();
    ++worker_.commits;
    return grpc::Status::OK;
  }
  grpc::Status GetFileInfo(grpc::ServerContext* context, const alxf::GetFileInfoRequest* request,
                           alxf::GetFileInfoResponse* response) override {
    if (const grpc::Status status = Known(*context); !status.ok()) return status;
    MutexLock lock(mutex_);
    const auto found = files_.find(request->file_id());
    if (found == files_.end()) return {grpc::NOT_FOUND, "no such file"};
    *response->mutable_file_info() = found->second;
    return grpc::Status::OK;
  }

 private:
  class Versions final : public alxv::ServiceVersionClientService::Service {
    grpc::Status getServiceVersion(grpc::ServerContext*, const alxv::GetServiceVersionRequest*,
                                   alxv::GetServiceVersionResponse* response) override {
      response->set_version(2);
      return grpc::Status::OK;
    }
  };
  grpc::Status Known(const grpc::ServerContext& context) {
    if (!sasl_) return grpc::Status::OK;
    const auto user = sessions_.UserOf(context, "a worker's");
    if (!user.ok()) {
      return {static_cast<grpc::StatusCode>(user.status().code()), std::string(user.status().message())};
    }
    MutexLock lock(mutex_);
    user_ = *user;
    return grpc::Status::OK;
  }

  const bool sasl_;
  Versions versions_;
  fake_alluxio::Sessions sessions_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  mutable Mutex mutex_;
  KnownWorker worker_;
  int64_t id_ = 4711;
  std::string user_;
  std::set<int64_t> free_;
  int failing_beats_ = 0;
  grpc::Status failure_;
  int refused_leases_ = 0;
  std::map<int64_t, alxf::FileInfo> files_;
};

}  // namespace locus::worker
