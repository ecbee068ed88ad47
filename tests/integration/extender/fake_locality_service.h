// A locus-meta that answers what a test has put in, when the test lets it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/grpc_server.h"
#include "common/mutex.h"
#include "proto/locus/v1/locality.grpc.pb.h"

namespace locus::extender {

// Thread-safe. One object may serve under several servers, one after the other.
class FakeLocalityService final : public v1::LocalityService::Service {
 public:
  // The whole picture of one input; open streams that follow it are told at once. Inputs that were not put in are
  // PENDING.
  void Put(const v1::InputLocality& input);
  void PutWorkers(const v1::WorkerList& workers);
  // What SampleBlocks answers for an input from now on. Before: UNIMPLEMENTED, as a locus-meta that does not know it.
  void PutSample(const std::string& input, const v1::SampleBlocksResponse& sample);
  // SampleBlocks does not answer until the caller gives up.
  void HoldSamples();
  // While silent nothing is sent, not even for new inputs; what has gathered goes out afterwards.
  void SetSilent(bool silent);
  // Ends every open stream with UNAVAILABLE.
  void BreakStreams();
  // Sends a message without content on every stream.
  void Beat();

  // Of the stream that was opened last.
  std::set<std::string> followed() const;
  std::vector<std::string> removed() const;
  int streams() const;
  int requests() const;
  // Calls of SampleBlocks.
  std::vector<v1::SampleBlocksRequest> sampled() const;

  grpc::Status WatchLocality(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::WatchLocalityResponse, v1::WatchLocalityRequest>* stream) override;
  grpc::Status SampleBlocks(grpc::ServerContext* context, const v1::SampleBlocksRequest* request,
                            v1::SampleBlocksResponse* response) override;

 private:
  using Stream = grpc::ServerReaderWriter<v1::WatchLocalityResponse, v1::WatchLocalityRequest>;
  struct Client {
    std::set<std::string> followed;
    std::set<std::string> unsent;
    std::vector<std::string> removed;
    bool send_workers = true;
    bool send_beat = false;
    bool broken = false;
    bool gone = false;
  };

  void Write(grpc::ServerContext& context, Stream& stream, Client& client);
  v1::WatchLocalityResponse NextMessage(Client& client) REQUIRES(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  std::map<std::string, v1::InputLocality> inputs_ GUARDED_BY(mutex_);
  v1::WorkerList workers_ GUARDED_BY(mutex_);
  std::map<std::string, v1::SampleBlocksResponse> samples_ GUARDED_BY(mutex_);
  std::vector<v1::SampleBlocksRequest> sampled_ GUARDED_BY(mutex_);
  bool hold_samples_ GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<Client>> clients_ GUARDED_BY(mutex_);
  bool silent_ GUARDED_BY(mutex_) = false;
  int requests_ GUARDED_BY(mutex_) = 0;
  uint64_t epoch_ GUARDED_BY(mutex_) = 0;
};

// A fake service behind a port of this machine. Stop ends its streams first: a server waits for open calls.
class FakeMeta {
 public:
  explicit FakeMeta(FakeLocalityService& service, int port = 0);
  ~FakeMeta() { Stop(); }

  bool ok() const { return ok_; }
  int port() const { return server_.port(); }
  std::string target() const { return "127.0.0.1:" + std::to_string(port()); }
  void Stop();

 private:
  FakeLocalityService& service_;
  GrpcServer server_;
  bool ok_;
};

}  // namespace locus::extender
