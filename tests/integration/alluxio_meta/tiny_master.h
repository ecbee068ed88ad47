// Just enough of an Alluxio master to see what the client says, and to fail in its face.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "proto/alluxio/block_master.grpc.pb.h"
#include "proto/alluxio/file_system_master.grpc.pb.h"
#include "proto/alluxio/meta_master.grpc.pb.h"
#include "proto/alluxio/sasl.grpc.pb.h"
#include "proto/alluxio/version.grpc.pb.h"

namespace locus::meta {

namespace alx = ::alluxio::grpc;

struct TinyMasterOptions {
  // What GetConfiguration says.
  std::string authentication = "SIMPLE";
  // Whether authenticate is there at all.
  bool sasl = true;
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
};

// Thread-safe. Hooks are set before the first call that meets them.
class TinyMaster {
 public:
  template <typename Request, typename Response>
  using Hook = std::function<grpc::Status(grpc::ServerContext*, const Request&, Response*)>;

  explicit TinyMaster(TinyMasterOptions options = {}) : options_(std::move(options)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", options_.credentials, &port_);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    for (grpc::Service* service : std::vector<grpc::Service*>{&versions_, &configuration_, &meta_, &files_, &blocks_}) {
      builder.RegisterService(service);
    }
    if (options_.sasl) builder.RegisterService(&sasl_);
    server_ = builder.BuildAndStart();
  }
  ~TinyMaster() {
    stopping_ = true;
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // Answers every authenticate stream's end with this, and forgets its id.
  void EndStreams(grpc::Status status) {
    MutexLock lock(mutex_);
    end_ = std::move(status);
    ++ends_;
    ids_.clear();
  }
  // Forgets the ids, but keeps their streams.
  void ForgetIds() {
    MutexLock lock(mutex_);
    ids_.clear();
  }
  // The challenges received, in order.
  std::vector<alx::sasl::SaslMessage> Challenges() const {
    MutexLock lock(mutex_);
    return challenges_;
  }
  // Streams that are open.
  int streams() const { return streams_; }
  // The channel ids on calls, in order; "": without one.
  std::vector<std::string> CallIds() const {
    MutexLock lock(mutex_);
    return call_ids_;
  }

  std::atomic<int64_t> start_ms{1};
  // How getServiceVersion and the handshake are answered.
  std::atomic<grpc::StatusCode> version_code{grpc::OK};
  std::atomic<grpc::StatusCode> handshake_code{grpc::OK};
  // Challenges are not answered.
  std::atomic<bool> mute{false};
  Hook<alx::block::GetWorkerReportRequest, alx::block::GetWorkerInfoListResponse> on_report;
  Hook<alx::block::GetWorkerInfoListRequest, alx::block::GetWorkerInfoListResponse> on_workers;
  Hook<alx::file::ListStatusPartialRequest, alx::file::ListStatusPartialResponse> on_page;
  Hook<alx::file::GetStatusRequest, alx::file::GetStatusResponse> on_status;
  Hook<alx::file::GetMountTableRequest, alx::file::GetMountTableResponse> on_mounts;
  std::function<grpc::Status(grpc::ServerContext*, grpc::ServerWriter<alx::file::ListStatusResponse>*)> on_stream;

 private:
  // Under NOSASL every call is welcome.
  grpc::Status Admit(grpc::ServerContext* context) {
    const auto found = context->client_metadata().find("channel-id");
    const std::string id =
        found == context->client_metadata().end() ? "" : std::string(found->second.data(), found->second.size());
    MutexLock lock(mutex_);
    call_ids_.push_back(id);
    if (!options_.sasl || ids_.count(id) > 0) return grpc::Status::OK;
    return {grpc::UNAUTHENTICATED, "Channel: " + id + " is not authenticated for call"};
  }
  template <typename Request, typename Response>
  grpc::Status Answer(const Hook<Request, Response>& hook, grpc::ServerContext* context, const Request* request,
                      Response* response) {
    if (const grpc::Status status = Admit(context); !status.ok()) return status;
    return hook ? hook(context, *request, response) : grpc::Status(grpc::UNIMPLEMENTED, "");
  }

  struct Versions final : alx::version::ServiceVersionClientService::Service {
    explicit Versions(TinyMaster& m) : master(m) {}
    grpc::Status getServiceVersion(grpc::ServerContext*, const alx::version::GetServiceVersionRequest*,
                                   alx::version::GetServiceVersionResponse* response) override {
      response->set_version(2);
      return {master.version_code, "version"};
    }
    TinyMaster& master;
  };
  struct Configuration final : alx::meta::MetaMasterConfigurationService::Service {
    explicit Configuration(TinyMaster& m) : master(m) {}
    grpc::Status GetConfiguration(grpc::ServerContext*, const alx::meta::GetConfigurationRequest*,
                                  alx::meta::GetConfigurationResponse* response) override {
      auto* property = response->add_cluster_configs();
      property->set_name("alluxio.security.authentication.type");
      property->set_value(master.options_.authentication);
      return grpc::Status::OK;
    }
    TinyMaster& master;
  };
  struct Sasl final : alx::sasl::SaslAuthenticationService::Service {
    explicit Sasl(TinyMaster& m) : master(m) {}
    grpc::Status authenticate(
        grpc::ServerContext* context,
        grpc::ServerReaderWriter<alx::sasl::SaslMessage, alx::sasl::SaslMessage>* stream) override {
      return master.Converse(context, stream);
    }
    TinyMaster& master;
  };
  struct Meta final : alx::meta::MetaMasterClientService::Service {
    explicit Meta(TinyMaster& m) : master(m) {}
    grpc::Status GetMasterInfo(grpc::ServerContext* context, const alx::meta::GetMasterInfoRequest*,
                               alx::meta::GetMasterInfoResponse* response) override {
      if (const grpc::Status status = master.Admit(context); !status.ok()) return status;
      response->mutable_master_info()->set_leader_master_address(master.address());
      response->mutable_master_info()->set_cluster_id("cluster");
      response->mutable_master_info()->set_start_time_ms(master.start_ms);
      return grpc::Status::OK;
    }
    TinyMaster& master;
  };
  struct Files final : alx::file::FileSystemMasterClientService::Service {
    explicit Files(TinyMaster& m) : master(m) {}
    grpc::Status GetStatus(grpc::ServerContext* context, const alx::file::GetStatusRequest* request,
                           alx::file::GetStatusResponse* response) override {
      return master.Answer(master.on_status, context, request, response);
    }
    grpc::Status ListStatusPartial(grpc::ServerContext* context, const alx::file::ListStatusPartialRequest* request,
                                   alx::file::ListStatusPartialResponse* response) override {
      return master.Answer(master.on_page, context, request, response);
    }
    grpc::Status GetMountTable(grpc::ServerContext* context, const alx::file::GetMountTableRequest* request,
                               alx::file::GetMountTableResponse* response) override {
      return master.Answer(master.on_mounts, context, request, response);
    }
    grpc::Status ListStatus(grpc::ServerContext* context, const alx::file::ListStatusRequest*,
                            grpc::ServerWriter<alx::file::ListStatusResponse>* writer) override {
      if (const grpc::Status status = master.Admit(context); !status.ok()) return status;
      return master.on_stream(context, writer);
    }
    TinyMaster& master;
  };
  struct Blocks final : alx::block::BlockMasterClientService::Service {
    explicit Blocks(TinyMaster& m) : master(m) {}
    grpc::Status GetWorkerReport(grpc::ServerContext* context, const alx::block::GetWorkerReportRequest* request,
                                 alx::block::GetWorkerInfoListResponse* response) override {
      return master.Answer(master.on_report, context, request, response);
    }
    grpc::Status GetWorkerInfoList(grpc::ServerContext* context, const alx::block::GetWorkerInfoListRequest* request,
                                   alx::block::GetWorkerInfoListResponse* response) override {
      return master.Answer(master.on_workers, context, request, response);
    }
    TinyMaster& master;
  };

  // One authenticate stream, until somebody ends it.
  grpc::Status Converse(grpc::ServerContext* context,
                        grpc::ServerReaderWriter<alx::sasl::SaslMessage, alx::sasl::SaslMessage>* stream) {
    alx::sasl::SaslMessage challenge;
    if (!stream->Read(&challenge)) return {grpc::UNAUTHENTICATED, "no challenge"};
    int ends = 0;
    {
      MutexLock lock(mutex_);
      challenges_.push_back(challenge);
      ends = ends_;
      if (handshake_code == grpc::OK) ids_.insert(challenge.client_id());
    }
    if (handshake_code != grpc::OK) return {handshake_code, "who are you"};
    while (mute && !context->IsCancelled() && !stopping_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    alx::sasl::SaslMessage success;
    success.set_message_type(alx::sasl::SaslMessage::SUCCESS);
    stream->Write(success);
    ++streams_;
    while (!context->IsCancelled() && !stopping_) {
      {
        MutexLock lock(mutex_);
        if (ends_ != ends) break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    --streams_;
    MutexLock lock(mutex_);
    ids_.erase(challenge.client_id());
    return end_;
  }

  const TinyMasterOptions options_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> streams_{0};
  mutable Mutex mutex_;
  std::set<std::string> ids_;
  int ends_ = 0;
  grpc::Status end_;
  std::vector<alx::sasl::SaslMessage> challenges_;
  std::vector<std::string> call_ids_;

  Versions versions_{*this};
  Configuration configuration_{*this};
  Sasl sasl_{*this};
  Meta meta_{*this};
  Files files_{*this};
  Blocks blocks_{*this};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace locus::meta
